// Tensors as numpy.array2string prints them: aligned columns, nested brackets, lines of at most 75
// characters, the middle of large tensors left out.
// Source: numpy/_core/arrayprint.py of NumPy 2.4 (_formatArray, _extendLine).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/number_format.hpp"
#include "io/write.hpp"

namespace tconv::io {
namespace {

constexpr std::size_t kLineWidth = 75;
constexpr std::int64_t kEdgeItems = 3;  // shown at each end of a summarised axis

// Lays one tensor out.
class Layout {
 public:
  Layout(const Tensor& tensor, bool summarised, int precision)
      : tensor_(tensor),
        strides_(c_strides(tensor.shape)),
        summarised_(summarised),
        format_(tensor, shown_elements(), precision) {}

  std::string text() const { return block(0, 0, " ", kLineWidth); }

 private:
  bool summarises(std::size_t axis) const {
    return summarised_ && tensor_.shape[axis] > 2 * kEdgeItems;
  }

  // Calls visit(i) for every index shown on the axis, and gap() between the ends of a summary.
  template <typename Visit, typename Gap>
  void for_each_shown(std::size_t axis, const Visit& visit, const Gap& gap) const {
    const std::int64_t extent = tensor_.shape[axis];
    const bool summary = summarises(axis);
    for (std::int64_t i = 0; i < (summary ? kEdgeItems : extent); ++i) visit(i);
    if (!summary) return;
    gap();
    for (std::int64_t i = extent - kEdgeItems; i < extent; ++i) visit(i);
  }

  std::vector<std::int64_t> shown_elements() const {
    std::vector<std::int64_t> elements;
    collect(0, 0, elements);
    return elements;
  }

  void collect(std::size_t axis, std::int64_t first, std::vector<std::int64_t>& elements) const {
    if (axis == tensor_.shape.size()) {
      elements.push_back(first);
      return;
    }
    for_each_shown(
        axis, [&](std::int64_t i) { collect(axis + 1, first + i * strides_[axis], elements); },
        [] {});
  }

  // The rows from element `first` on below `axis`: each line but the first begins with `indent`,
  // and `width` characters are free.
  std::string block(std::size_t axis, std::int64_t first, const std::string& indent,
                    std::size_t width) const {
    const std::size_t axes_left = tensor_.shape.size() - axis;
    if (axes_left == 0) return format_.text(first);
    if (axes_left == 1) return row(first, indent, width);
    const std::string separator(axes_left - 1, '\n');
    std::string lines;
    const auto begin_item = [&] { lines += lines.empty() ? "[" : separator + indent; };
    for_each_shown(
        axis,
        [&](std::int64_t i) {
          begin_item();
          // One column for the bracket opened here, one kept free for its end.
          lines += block(axis + 1, first + i * strides_[axis], indent + ' ', width - 1);
        },
        [&] {
          begin_item();
          lines += "...";
        });
    return lines + ']';
  }

  // The innermost axis, wrapped where the next word would not fit.
  std::string row(std::int64_t first, const std::string& indent, std::size_t width) const {
    std::string lines;
    std::string line = indent;
    const auto add = [&](std::string_view word) {
      const bool has_words = line.size() > indent.size();
      if (has_words && line.size() + word.size() > width - 1) {
        line.erase(line.find_last_not_of(' ') + 1);
        lines += line + '\n';
        line = indent;
      }
      line.append(word) += ' ';
    };
    for_each_shown(
        tensor_.shape.size() - 1, [&](std::int64_t i) { add(format_.text(first + i)); },
        [&] { add("..."); });
    line.pop_back();
    lines += line;
    return '[' + lines.substr(indent.size()) + ']';
  }

  const Tensor& tensor_;
  Shape strides_;
  bool summarised_;
  NumberFormat format_;
};

}  // namespace

std::string to_text(const Tensor& tensor, const TextOptions& options) {
  const auto count = element_count(tensor.shape, tensor.dtype);
  if (!count || *count == 0) return "[]\n";
  return Layout(tensor, *count > options.threshold, options.precision).text() + '\n';
}

}  // namespace tconv::io

// What differs between frameworks in a piece of Python that pads, calls a layer, and slices.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "frameworks/assemble.hpp"
#include "frameworks/port.hpp"

namespace tconv::frameworks {

// One stage of the code, and what its names end in: "", or a number where there are several.
struct CodeStage {
  const PortedStage* stage = nullptr;
  std::string suffix{};
  std::string weight_file{}, bias_file{};
};

class Idiom {
 public:
  virtual ~Idiom() = default;
  virtual std::string imports(const std::vector<CodeStage>& stages) const = 0;
  virtual std::string setup(const CodeStage& stage) const = 0;  // lines before the function
  virtual bool is_callable() const = 0;  // is what setup() defines a function of x?
  // Expressions of x.
  virtual std::string pad(const Steps& added, bool by_index) const = 0;  // nothing is cut
  virtual std::string call(const CodeStage& stage) const = 0;
  virtual std::string permute(const std::vector<std::size_t>& order) const = 0;
  virtual std::string activation(Activation activation) const = 0;
  virtual std::string activation(LastAxisActivation activation, std::size_t axis) const = 0;
  virtual ChannelOrder order() const = 0;
};

const Idiom& pytorch_idiom();
const Idiom& keras_idiom();
const Idiom& jax_idiom();
const Idiom& flax_idiom();

std::string onnx_code(const std::vector<CodeStage>& stages,
                      const std::vector<std::vector<std::size_t>>& orders_before);

// "x[:, 1:-1, ::2]" with the index of the spatial axes among all.
std::string slice_text(const std::vector<SliceStep>& slices, ChannelOrder order);

// numpy.load("w.npy"), in the quotes it needs.
std::string load_text(const std::string& file);

// The index that pads axis `axis` of x any distance, by NumPy.
std::string index_text(const PadStep& pad, PadMode mode, std::size_t axis);

// "((0, 0), (1, 1), (0, 0))" of all axes.
std::string pad_widths(const Steps& steps, ChannelOrder order);

}  // namespace tconv::frameworks

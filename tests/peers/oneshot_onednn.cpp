// One layer from .npy to .npy on oneDNN, as someone would write it who wants no framework: weights
// reordered to the layout it likes best, channels-first in and out.
//
//   oneshot_onednn deconvolution|convolution x.npy w.npy y.npy STRIDE PADDING
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dnnl.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using dnnl::memory;
using Tag = memory::format_tag;
constexpr auto kFloat = memory::data_type::f32;

struct Array {
  memory::dims shape;
  std::vector<float> values;
};

// The header as numpy.save writes it, of float32 in C order.
Array read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  char prefix[10] = {};
  file.read(prefix, sizeof prefix);
  std::uint16_t length = 0;
  std::memcpy(&length, prefix + 8, sizeof length);
  std::string header(length, ' ');
  file.read(header.data(), length);
  Array array;
  std::size_t count = 1;
  std::istringstream extents(header.substr(header.find('(') + 1));
  for (std::int64_t extent = 0; extents >> extent; extents.ignore(1)) {
    array.shape.push_back(extent);
    count *= static_cast<std::size_t>(extent);
  }
  array.values.resize(count);
  file.read(reinterpret_cast<char*>(array.values.data()),
            static_cast<std::streamsize>(count * sizeof(float)));
  if (!file) {
    std::cerr << path << ": cannot be read\n";
    std::exit(1);
  }
  return array;
}

void write(const char* path, const Array& array) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const auto extent : array.shape) header += std::to_string(extent) + ", ";
  header += "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  std::ofstream file(path, std::ios::binary);
  file.write("\x93NUMPY\x01\x00", 8);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << header;
  file.write(reinterpret_cast<const char*>(array.values.data()),
             static_cast<std::streamsize>(array.values.size() * sizeof(float)));
}

// Contiguous, with the first two axes taken the other way round where `swapped`.
memory::desc plain(memory::dims shape, bool swapped = false) {
  memory::dims strides(shape.size(), 1);
  for (std::size_t a = shape.size(); a-- > 1;) strides[a - 1] = strides[a] * shape[a];
  if (swapped) {
    std::swap(shape[0], shape[1]);
    std::swap(strides[0], strides[1]);
  }
  return {shape, kFloat, strides};
}

// A description of the same shape with the layout left open.
memory::desc any(const memory::dims& shape) { return {shape, kFloat, Tag::any}; }

template <typename Primitive, dnnl::algorithm kAlgorithm>
typename Primitive::primitive_desc describe(const dnnl::engine& engine, const memory::desc& x,
                                            const memory::desc& w, const memory::desc& y,
                                            const memory::dims& stride, const memory::dims& pad) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, dnnl::prop_kind::forward_inference, kAlgorithm, x, w, y, stride, pad, pad};
#else
  return {{dnnl::prop_kind::forward_inference, kAlgorithm, x, w, y, stride, pad, pad}, engine};
#endif
}

template <typename Primitive, dnnl::algorithm kAlgorithm>
void run(const Array& x, const Array& w, Array& y, bool transposed, std::int64_t stride,
         std::int64_t pad) {
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const std::size_t axes = x.shape.size() - 2;
  memory::dims w_shape = w.shape;
  if (transposed) std::swap(w_shape[0], w_shape[1]);
  y.shape = {x.shape[0], w_shape[0]};
  std::size_t count = static_cast<std::size_t>(x.shape[0] * w_shape[0]);
  for (std::size_t a = 2; a < x.shape.size(); ++a) {
    y.shape.push_back(transposed ? (x.shape[a] - 1) * stride + w_shape[a] - 2 * pad
                                 : (x.shape[a] + 2 * pad - w_shape[a]) / stride + 1);
    count *= static_cast<std::size_t>(y.shape.back());
  }
  y.values.resize(count);
  const auto open =
      describe<Primitive, kAlgorithm>(engine, any(x.shape), any(w_shape), any(y.shape),
                                      memory::dims(axes, stride), memory::dims(axes, pad));
  const auto own = [&](const memory::desc& desc, const std::vector<float>& values) {
    return memory(desc, engine, const_cast<float*>(values.data()));
  };
  const auto as = [&](memory given, const memory::desc& wanted) {
    if (given.get_desc() == wanted) return given;
    memory other(wanted, engine);
    dnnl::reorder(given, other).execute(stream, given, other);
    return other;
  };
  memory result = own(plain(y.shape), y.values);
  memory best = result.get_desc() == open.dst_desc() ? result : memory(open.dst_desc(), engine);
  Primitive(open).execute(
      stream,
      {{DNNL_ARG_SRC, as(own(plain(x.shape), x.values), open.src_desc())},
       {DNNL_ARG_WEIGHTS, as(own(plain(w.shape, transposed), w.values), open.weights_desc())},
       {DNNL_ARG_DST, best}});
  if (best.get_desc() != result.get_desc()) {
    dnnl::reorder(best, result).execute(stream, best, result);
  }
  stream.wait();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "oneshot_onednn KIND x.npy w.npy y.npy STRIDE PADDING\n";
    return 2;
  }
  const bool transposed = std::string(argv[1]) == "deconvolution";
  const Array x = read(argv[2]), w = read(argv[3]);
  Array y;
  const std::int64_t stride = std::atoll(argv[5]), pad = std::atoll(argv[6]);
  if (transposed) {
    run<dnnl::deconvolution_forward, dnnl::algorithm::deconvolution_direct>(x, w, y, true, stride,
                                                                            pad);
  } else {
    run<dnnl::convolution_forward, dnnl::algorithm::convolution_direct>(x, w, y, false, stride,
                                                                        pad);
  }
  write(argv[4], y);
}

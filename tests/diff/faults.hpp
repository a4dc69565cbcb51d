// Tensors with a fault put into them, each as a framework or a porter would.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "../io/tensors.hpp"
#include "diff/elements.hpp"

namespace tconv::tests {

// A dense float32 tensor that faults are done to.
struct Image {
  Shape shape{};
  std::vector<float> values{};

  io::Tensor tensor() const { return tensor_of(DType::Float32, shape, values); }
  std::int64_t count() const { return static_cast<std::int64_t>(values.size()); }
};

// Normally distributed, as weights and activations are.
inline Image normal_image(const Shape& shape, unsigned seed) {
  Image image{.shape = shape};
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  image.values.resize(static_cast<std::size_t>(count));
  for (float& value : image.values) value = normal(random);
  return image;
}

// An image of the given shape whose element at each index is from(index).
template <typename From>
Image image_from(const Shape& shape, const From& from) {
  Image image{.shape = shape};
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  image.values.reserve(static_cast<std::size_t>(count));
  Shape index(shape.size(), 0), scratch;
  for (std::int64_t i = 0; i < count; ++i) {
    scratch = index;  // from may change it
    image.values.push_back(from(scratch));
    for (std::size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis];) {
      index[axis] = 0;
    }
  }
  return image;
}

inline float element_at(const Image& image, const Shape& index) {
  std::int64_t position = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    position = position * image.shape[axis] + index[axis];
  }
  return image.values[static_cast<std::size_t>(position)];
}

// Moved towards lower indices; what comes in at the far end is other numbers.
inline Image shifted(const Image& image, const Shape& by) {
  const Image fresh = normal_image(image.shape, 99);
  return image_from(image.shape, [&](Shape& index) {
    for (std::size_t axis = 0; axis < by.size(); ++axis) {
      const std::int64_t at = index[axis] + by[axis];
      if (at < 0 || at >= image.shape[axis]) return element_at(fresh, index);
      index[axis] = at;
    }
    return element_at(image, index);
  });
}

inline Image flipped(const Image& image, const std::vector<std::size_t>& axes) {
  return image_from(image.shape, [&](Shape& index) {
    for (const std::size_t axis : axes) index[axis] = image.shape[axis] - 1 - index[axis];
    return element_at(image, index);
  });
}

// numpy's transpose(axes)
inline Image transposed(const Image& image, const std::vector<std::size_t>& axes) {
  Shape shape;
  for (const std::size_t axis : axes) shape.push_back(image.shape[axis]);
  Shape from(axes.size());
  return image_from(shape, [&](const Shape& index) {
    for (std::size_t i = 0; i < axes.size(); ++i) from[axes[i]] = index[i];
    return element_at(image, from);
  });
}

// Index i takes what was at order[i].
inline Image reordered(const Image& image, std::size_t axis, const Shape& order) {
  return image_from(image.shape, [&](Shape& index) {
    index[axis] = order[static_cast<std::size_t>(index[axis])];
    return element_at(image, index);
  });
}

inline Shape shuffled_order(std::int64_t extent, unsigned seed) {
  Shape order(static_cast<std::size_t>(extent));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::mt19937 random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

inline Image scaled(const Image& image, float factor) {
  Image result = image;
  for (float& value : result.values) value *= factor;
  return result;
}

inline Image with_constant(const Image& image, float constant) {
  Image result = image;
  for (float& value : result.values) value += constant;
  return result;
}

// The bias that is missing at an index of the axis: as a trained layer's, of either sign.
inline float bias_at(std::int64_t index) {
  return 0.25F * static_cast<float>(index % 7) - 0.6F + 0.013F * static_cast<float>(index);
}

inline Image without_bias(const Image& image, std::size_t axis) {
  return image_from(image.shape, [&](const Shape& index) {
    return element_at(image, index) - bias_at(index[axis]);
  });
}

inline Image rounded_image(const Image& image, DType dtype) {
  Image result = image;
  for (float& value : result.values) {
    value = static_cast<float>(diff::rounded_to(dtype, double{value}));
  }
  return result;
}

}  // namespace tconv::tests

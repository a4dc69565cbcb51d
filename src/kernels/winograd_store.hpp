// From the sums of tiles to elements of y: the transform, bias, activation, and what did not come
// out finite once more.
#pragma once
#include "kernels/winograd_shape.hpp"
#include "kernels/winograd_transforms.hpp"

namespace tconv::kernels {

// Sums of the tiles of a run and one vector of out channels:
//   sums[tile*tile_step + e*point + lane]
template <typename T>
struct WinogradSums {
  const T* sums = nullptr;
  std::int64_t tile_step = 0, point = 0;
  std::int64_t group = 0, out = 0;  // the vector's first channel in the group
  WinogradRun run{};
};

// Where a problem's results go; T is float or double.
template <typename T>
class WinogradStore {
 public:
  // All must outlive it.
  WinogradStore(const Problem& problem, const WinogradShape& shape,
                const WinogradTransforms<T>& transforms, std::int64_t lanes);

  void store(const Operands& operands, const WinogradSums<T>& sums) const;

 private:
  // An output: out counts the group's channels.
  struct Place {
    std::int64_t group = 0, image = 0, out = 0;
    std::int64_t depth = 0, row = 0, column = 0;
  };

  std::int64_t offset(const Place& at) const;
  void store_elements(const Operands& operands, const WinogradResults<T>& tile, const Place& first,
                      std::int64_t present) const;
  T exact(const Operands& operands, const Place& at) const;

  const Problem& p_;
  const WinogradShape& shape_;
  const WinogradTransforms<T>& transforms_;
  std::int64_t lanes_;
};

extern template class WinogradStore<float>;
extern template class WinogradStore<double>;

}  // namespace tconv::kernels

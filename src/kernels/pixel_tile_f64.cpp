#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixel_tile_f64.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include "kernels/pixel_tile-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

const PixelTileKernels<double>& pixel_tile_f64() {
  static constexpr PixelTileKernels<double> kKernels = kernels_of<double>();
  return kKernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const PixelTileKernels<double>& pixel_tile_kernels(double) {
  return TCONV_DISPATCH(pixel_tile_f64)();
}

}  // namespace tconv::kernels
#endif

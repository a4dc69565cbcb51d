#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixel_tile_f32.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include "kernels/pixel_tile-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

const PixelTileKernels<float>& pixel_tile_f32() {
  static constexpr PixelTileKernels<float> kKernels = kernels_of<float>();
  return kKernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const PixelTileKernels<float>& pixel_tile_kernels(float) {
  return TCONV_DISPATCH(pixel_tile_f32)();
}

}  // namespace tconv::kernels
#endif

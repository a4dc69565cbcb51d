#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixel_rows_f64.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include "kernels/pixel_rows-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

const PixelRowsKernels<double>& pixel_rows_f64() {
  static constexpr PixelRowsKernels<double> kKernels = rows_kernels_of<double>();
  return kKernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const PixelRowsKernels<double>& pixel_rows_kernels(double) {
  return TCONV_DISPATCH(pixel_rows_f64)();
}

}  // namespace tconv::kernels
#endif

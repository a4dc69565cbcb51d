// Activations of one element, in the type sums are kept in.
#pragma once
#include "tconv/problem.hpp"

namespace tconv::kernels {

float activate(Activation activation, float x);
double activate(Activation activation, double x);

// The fast kernels do these in registers; the others are applied to their results.
inline bool is_fused(Activation activation) {
  return activation == Activation::Linear || activation == Activation::Relu;
}

}  // namespace tconv::kernels

// Activations of one element, in the type sums are kept in.
#pragma once
#include "tconv/problem.hpp"

namespace tconv::kernels {

float activate(Activation activation, float x);
double activate(Activation activation, double x);

}  // namespace tconv::kernels

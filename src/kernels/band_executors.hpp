// Bands of a problem, and what runs each of them.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "kernels/band.hpp"
#include "kernels/executor.hpp"

namespace tconv::kernels {

struct BandExecutor {
  Band band;
  std::shared_ptr<const Executor> executor;
};

// make(band) gives a band's executor; bands that are alike share one.
template <class Make>
std::vector<BandExecutor> band_executors(const std::vector<Band>& bands, const Make& make) {
  std::vector<BandExecutor> found;
  for (const Band& band : bands) {
    const auto same = std::find_if(found.begin(), found.end(), [&](const BandExecutor& other) {
      return other.band.axis == band.axis && other.band.count == band.count;
    });
    found.push_back({.band = band, .executor = same != found.end() ? same->executor : make(band)});
  }
  return found;
}

}  // namespace tconv::kernels

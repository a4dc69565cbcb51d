#include "batch/survey.hpp"

#include <algorithm>

#include "io/read.hpp"

namespace tconv::batch {
namespace {

Result<io::Tensor> header_of(const Chain& chain, const std::string& input) {
  // Mapped: its elements are not touched.
  return io::read_tensor(input, {.void2_is_bfloat16 = chain.dtype == DType::BFloat16});
}

Result<ChainNeeds> needs_of_item(const SurveyRequest& request, const Item& item) {
  const auto x = header_of(request.chain, item.input);
  if (!x) return x.error();
  return needs_of(request.chain, *x, request.plan);
}

bool about_request(ErrorCode code) {
  return code == ErrorCode::Usage || code == ErrorCode::Spec || code == ErrorCode::Unsupported;
}

}  // namespace

Result<ChainNeeds> largest_needs(const SurveyRequest& request) {
  const Item* first = nullptr;
  const Item* largest = nullptr;
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    const Item& item = request.items[i];
    if (request.fates[i] != Fate::Compute) continue;
    if (first == nullptr) first = &item;
    if (largest == nullptr || item.identity.size > largest->identity.size) largest = &item;
  }
  if (first == nullptr) return ChainNeeds{};
  auto needs = needs_of_item(request, *first);
  if (!needs && about_request(needs.error().code)) return needs;
  if (largest != first) {
    auto other = needs_of_item(request, *largest);
    if (other && (!needs || other->item_bytes > needs->item_bytes)) needs = std::move(other);
  }
  if (needs) return needs;
  return ChainNeeds{.item_bytes = 2 * largest->identity.size};
}

Survey survey(const SurveyRequest& request) {
  Survey result;
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    if (request.fates[i] != Fate::Compute) continue;
    const Item& item = request.items[i];
    const auto refuse = [&](Error error) {
      if (error.where.empty()) error.where = item.input;
      if (result.refused++ == 0) result.first_refusal = std::move(error);
    };
    const auto x = header_of(request.chain, item.input);
    if (!x) {
      refuse(x.error());
      continue;
    }
    auto alike = std::find_if(result.shapes.begin(), result.shapes.end(), [&](const auto& each) {
      return each.x_shape == x->shape && each.x_dtype == x->dtype;
    });
    if (alike == result.shapes.end()) {
      auto needs = needs_of(request.chain, *x, request.plan);
      if (!needs) {
        refuse(needs.error());
        continue;
      }
      result.shapes.push_back({.x_shape = x->shape, .x_dtype = x->dtype, .needs = *needs});
      alike = std::prev(result.shapes.end());
    }
    ++alike->items;
    result.x_bytes += alike->needs.x_bytes;
    result.y_bytes += alike->needs.y_bytes;
    result.macs += alike->needs.macs;
  }
  return result;
}

}  // namespace tconv::batch

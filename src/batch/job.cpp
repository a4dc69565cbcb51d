#include "batch/job.hpp"

#include <fmt/format.h>

#include "support/digest.hpp"

namespace tconv::batch {
namespace {

using support::Digest;

void add_number(Digest& digest, std::int64_t number) {
  digest.add({reinterpret_cast<const char*>(&number), sizeof number});
}

void add_value(Digest& digest, const Value& value) {
  add_number(digest, static_cast<std::int64_t>(value.kind));
  add_number(digest, value.boolean ? 1 : 0);
  add_number(digest, value.integer);
  digest.add_field(fmt::format("{}", value.real));
  digest.add_field(value.text);
  add_number(digest, std::int64_t(value.items.size()));
  for (const Value& item : value.items) add_value(digest, item);
  add_number(digest, std::int64_t(value.members.size()));
  for (const auto& [name, member] : value.members) {
    digest.add_field(name);
    add_value(digest, member);
  }
}

void add_arguments(Digest& digest, const std::vector<Argument>& arguments) {
  add_number(digest, std::int64_t(arguments.size()));
  for (const Argument& argument : arguments) {
    digest.add_field(argument.name);
    add_value(digest, argument.value);
  }
}

void add_extents(Digest& digest, const Shape& extents) {
  add_number(digest, std::int64_t(extents.size()));
  for (const std::int64_t extent : extents) add_number(digest, extent);
}

// The elements in their order of axes, so that the same weights in another file are the same.
void add_tensor(Digest& digest, const io::Tensor& tensor) {
  digest.add_field(name(tensor.dtype));
  add_number(digest, tensor.untyped ? 1 : 0);
  add_extents(digest, tensor.shape);
  const auto dense = io::converted(tensor, tensor.dtype);
  const auto count = io::element_count(tensor.shape, tensor.dtype);
  if (!dense || !count) return;  // no room to compute with them either
  digest.add_field({reinterpret_cast<const char*>(dense->data.get()),
                    static_cast<std::size_t>(*count * size_bytes(tensor.dtype))});
}

}  // namespace

std::string job_digest(const Chain& chain, const PlanOptions& plan, std::string_view format) {
  Digest digest;
  digest.add_field(chain.dtype ? name(*chain.dtype) : "");
  digest.add_field(plan.algorithm);
  add_number(digest, plan.math == Math::Fast ? 1 : 0);
  digest.add_field(format);
  for (const ChainLayer& layer : chain.layers) {
    digest.add_field(layer.layer.framework).add_field(layer.layer.module);
    digest.add_field(layer.layer.name);
    add_arguments(digest, layer.layer.arguments);
    add_arguments(digest, layer.layer.flags);
    add_number(digest, std::int64_t(layer.weights.size()));
    for (const io::Tensor& w : layer.weights) add_tensor(digest, w);
    add_number(digest, layer.bias ? 1 : 0);
    if (layer.bias) add_tensor(digest, *layer.bias);
  }
  return digest.hex();
}

}  // namespace tconv::batch

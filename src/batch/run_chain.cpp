// Running a chain once.
#include "batch/prepared_chain.hpp"

namespace tconv::batch {

Result<ChainResult> run_chain(const Chain& chain, const io::Tensor& x,
                              const ComputeOptions& options) {
  auto prepared = PreparedChain::make(chain, x, options);
  if (!prepared) return prepared.error();
  auto y = io::allocate_tensor(prepared->dtype(), prepared->y_shape());
  if (!y) return y.error();
  PreparedChain::Buffers buffers;
  if (auto done = prepared->run(x, y->bytes, buffers); !done) return done.error();
  return ChainResult{.y = std::move(y->tensor), .lowerings = prepared->take_lowerings()};
}

}  // namespace tconv::batch

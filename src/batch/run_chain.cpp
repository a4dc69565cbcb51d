// Running a chain once.
#include "batch/prepared_chain.hpp"

namespace tconv::batch {

Result<ChainResult> run_chain(const Chain& chain, const io::Tensor& x,
                              const ComputeOptions& options) {
  const auto prepared = PreparedChain::make(chain, x, options);
  if (!prepared) return prepared.error();
  PreparedChain::Buffers buffers;
  return prepared->run(x, buffers);
}

}  // namespace tconv::batch

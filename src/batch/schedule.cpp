#include "batch/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "support/checked.hpp"

namespace tconv::batch {
namespace {

// Files side by side need no agreement among threads, but each its own buffers: beyond this many
// bytes of them, threads share a file instead.
constexpr std::int64_t kSideBySideBytes = std::int64_t{1} << 30;

std::int64_t beyond_all() { return std::numeric_limits<std::int64_t>::max(); }

std::int64_t sum(std::int64_t a, std::int64_t b) {
  return support::checked_add(a, b).value_or(beyond_all());
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  return support::checked_multiply(a, b).value_or(beyond_all());
}

}  // namespace

Result<ChainNeeds> needs_of(const Chain& chain, const io::Tensor& x, const PlanOptions& plan) {
  const auto dtype = chain_dtype(chain, &x);
  if (!dtype) return dtype.error();
  const auto lowerings = computable_lowerings(chain, x, *dtype);
  if (!lowerings) return lowerings.error();
  PlanOptions one_thread = plan;
  one_thread.threads = 1;
  const auto plans = plan_chain(chain, *lowerings, one_thread);
  if (!plans) return plans.error();
  const auto stages = stage_bytes(chain, *lowerings, *plans);
  if (!stages) return stages.error();
  const auto all = chain_bytes(*stages, Reuse::Many);
  if (!all) return all.error();

  ChainNeeds needs{.dtype = *dtype, .y_shape = lowerings->back().y_shape};
  for (const StageBytes& stage : *stages) {  // whose sums fit, as that of all does
    needs.shared_bytes += stage.weights + stage.packed;
    needs.workspace_bytes = std::max(needs.workspace_bytes, stage.workspace);
  }
  for (const frameworks::Lowering& lowering : *lowerings) {
    for (const Problem& problem : lowering.stages) {
      const auto cost = cost_of(problem);
      if (!cost) return cost.error();
      needs.macs = sum(needs.macs, cost->macs);
    }
  }
  const auto x_count = io::element_count(x.shape, x.dtype);
  const auto y_count = io::element_count(needs.y_shape, *dtype);
  if (!x_count) return x_count.error();
  if (!y_count) return y_count.error();
  needs.x_bytes = *x_count * size_bytes(x.dtype);
  needs.y_bytes = *y_count * size_bytes(*dtype);
  needs.item_bytes = *all - needs.shared_bytes - needs.workspace_bytes;
  // The bytes of the file stay beside what they are converted to.
  if (!io::is_converted(x, *dtype)) needs.item_bytes = sum(needs.item_bytes, needs.x_bytes);
  return needs;
}

std::int64_t schedule_bytes(const Schedule& schedule, const ChainNeeds& needs) {
  const auto computing = std::min(schedule.jobs, schedule.in_flight);
  return sum(sum(needs.shared_bytes, product(needs.item_bytes, schedule.in_flight)),
             product(needs.workspace_bytes, std::int64_t{computing} * schedule.threads));
}

Result<Schedule> make_schedule(const ScheduleRequest& request) {
  const auto with_jobs = [&](int jobs) {
    const int threads = request.threads.value_or(std::max(1, request.cores / jobs));
    // One more than is computed, so that reading and writing go on meanwhile; where one is computed
    // at a time, one more for each.
    const int ahead = jobs == 1 ? 2 : 1;
    const auto in_flight = std::min<std::int64_t>(request.items, jobs + ahead);
    return Schedule{
        .jobs = jobs, .threads = threads, .in_flight = std::max(1, static_cast<int>(in_flight))};
  };
  const int side_by_side = std::max(1, request.cores / request.threads.value_or(1));
  const auto most = std::min<std::int64_t>(side_by_side, std::max<std::int64_t>(1, request.items));
  Schedule schedule = with_jobs(request.jobs.value_or(static_cast<int>(most)));
  const auto bytes = [&] { return schedule_bytes(schedule, request.needs); };
  const std::int64_t modest =
      std::min(request.max_bytes, sum(kSideBySideBytes, request.needs.shared_bytes));
  while (!request.jobs && schedule.jobs > 1 && bytes() > modest) {
    schedule = with_jobs(schedule.jobs - 1);
  }
  while (schedule.in_flight > 1 && bytes() > request.max_bytes) --schedule.in_flight;
  if (bytes() <= request.max_bytes) return schedule;
  return Error{.code = ErrorCode::TooLarge,
               .what = fmt::format("one file at a time takes {} bytes of memory, the limit is {}",
                                   bytes(), request.max_bytes),
               .hint = "--max-memory sets the limit"};
}

}  // namespace tconv::batch

#include "cli/batch_prepare.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "batch/job.hpp"
#include "batch/run_stack.hpp"
#include "batch/survey.hpp"
#include "support/file.hpp"
#include "support/parallel.hpp"

namespace tconv::cli {
namespace {

// In flight are parts of a stack, of which there are enough.
constexpr std::int64_t kSlicesOfStack = 1 << 20;

Result<std::vector<batch::Input>> find_inputs(const BatchOptions& options) {
  batch::DiscoverRequest request{.arguments = options.inputs,
                                 .recursive = options.recursive,
                                 .output_folder = options.out_dir};
  if (!options.files_from.empty()) {
    const bool is_stdin = options.files_from == "-";
    const auto list = is_stdin ? support::read_all(STDIN_FILENO, "standard input")
                               : support::map_file(options.files_from);
    if (!list) return list.error();
    request.listed =
        batch::split_list({reinterpret_cast<const char*>(list->data.get()), list->size_bytes},
                          options.null_separated ? '\0' : '\n');
    if (request.listed.empty() && options.inputs.empty()) {
      return Error{.code = ErrorCode::Usage, .where = options.files_from, .what = "names no file"};
    }
  }
  return batch::discover(request);
}

// Files that no output may replace, beside the inputs.
std::vector<std::string> files_of(const BatchOptions& options, const batch::Chain& chain) {
  std::vector<std::string> files = {options.layer.spec, options.files_from};
  for (const batch::ChainLayer& layer : chain.layers) {
    for (const io::Tensor& w : layer.weights) files.push_back(w.name);
    if (layer.bias) files.push_back(layer.bias->name);
  }
  return files;
}

Result<void> check_journal(const BatchOptions& options, const BatchMeaning& meaning,
                           const PreparedBatch& prepared) {
  const bool useful = prepared.journal_before && !prepared.journal_before->entries.empty();
  if (useful && options.resume && prepared.journal_before->header.shard != prepared.header.shard) {
    return Error{.code = ErrorCode::Usage,
                 .what = fmt::format("{} is the journal of shard {}, this is {}", meaning.journal,
                                     prepared.journal_before->header.shard, prepared.header.shard),
                 .hint = "each shard has its own journal"};
  }
  if (!useful || options.resume || meaning.overwrite != batch::Overwrite::Refuse) return {};
  return Error{.code = ErrorCode::Usage,
               .what = fmt::format("{} is the journal of an earlier run", meaning.journal),
               .hint =
                   "--resume goes on with it, --overwrite begins anew, --journal FILE writes "
                   "another"};
}

}  // namespace

Result<PreparedBatch> prepare_batch(const BatchOptions& options, const BatchMeaning& meaning) {
  PreparedBatch prepared;
  auto chain = batch::read_chain(meaning.chain);
  if (!chain) return chain.error();
  prepared.chain = *std::move(chain);
  const auto inputs = find_inputs(options);
  if (!inputs) return inputs.error();
  auto items = batch::name_outputs(
      *inputs, {.folder = options.out_dir, .name_template = meaning.out_template});
  if (!items) return items.error();
  const auto all = std::int64_t(items->size());
  // Names are made of all inputs, so that every shard sees two results of one name.
  prepared.items = batch::items_of(meaning.shard, *std::move(items));
  const auto outputs =
      batch::look_at_outputs(prepared.items, *inputs, files_of(options, prepared.chain));
  if (!outputs) return outputs.error();

  prepared.header = {
      .tconv = TCONV_VERSION,
      .job = batch::job_digest(prepared.chain, meaning.plan, io::format_name(meaning.format)),
      .items = all,
      .shard = batch::shard_text(meaning.shard)};
  auto journal = batch::read_journal(meaning.journal);
  if (!journal) return journal.error();
  prepared.journal_before = *std::move(journal);
  if (auto ok = check_journal(options, meaning, prepared); !ok) return ok.error();
  batch::SelectRequest select{.items = prepared.items,
                              .outputs = *outputs,
                              .overwrite = meaning.overwrite,
                              .hash = options.hash,
                              .format = meaning.format};
  const bool same_job =
      prepared.journal_before && prepared.journal_before->header.job == prepared.header.job;
  if (options.resume && same_job) select.done_before = prepared.journal_before->entries;
  if (!same_job) prepared.journal_before.reset();
  auto fates = batch::select_items(select);
  if (!fates) return fates.error();
  prepared.fates = *std::move(fates);

  auto needs = options.stack ? batch::stack_needs({.chain = prepared.chain,
                                                   .items = prepared.items,
                                                   .fates = prepared.fates,
                                                   .plan = meaning.plan})
                             : batch::largest_needs({.chain = prepared.chain,
                                                     .items = prepared.items,
                                                     .fates = prepared.fates,
                                                     .plan = meaning.plan});
  if (!needs) return needs.error();
  prepared.needs = *std::move(needs);
  const auto schedule = batch::make_schedule(
      {.items = options.stack ? kSlicesOfStack : std::int64_t(prepared.items.size()),
       .needs = prepared.needs,
       .jobs = meaning.jobs,
       .threads = meaning.threads,
       .cores = support::machine_threads(),
       .max_bytes = meaning.max_bytes});
  if (!schedule) return schedule.error();
  prepared.schedule = *schedule;
  return prepared;
}

Result<batch::Journal> open_journal(const BatchOptions& options, const BatchMeaning& meaning,
                                    const PreparedBatch& prepared) {
  if (!options.resume || !prepared.journal_before) {
    return batch::Journal::begin(meaning.journal, prepared.header);
  }
  const batch::JournalContents& before = *prepared.journal_before;
  if (before.header == prepared.header) {
    return batch::Journal::go_on(meaning.journal, before.whole_bytes);
  }
  return batch::Journal::begin(meaning.journal, prepared.header, before.entries);
}

}  // namespace tconv::cli

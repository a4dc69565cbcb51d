#include "cli/batch_options.hpp"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "batch/outputs.hpp"
#include "cli/standard_input.hpp"
#include "cli/usage_error.hpp"
#include "support/memory.hpp"

namespace tconv::cli {
namespace {

using batch::Overwrite;

constexpr int kMostJobs = 1024;

void add_file_options(CLI::App& command, BatchOptions& options) {
  command.add_option("INPUT", options.inputs, "files, folders and quoted globs")->group("");
  const std::string inputs = "Inputs";
  command.add_flag("-r,--recursive", options.recursive, "folders inside of folders, too")
      ->group(inputs);
  CLI::Option* const list = command
                                .add_option("--files-from", options.files_from,
                                            "a list of inputs, one a line; - is stdin")
                                ->type_name("FILE")
                                ->group(inputs);
  command.add_flag("-0,--null", options.null_separated, "names in the list end in a NUL byte")
      ->needs(list)
      ->group(inputs);
  const std::string results = "Results";
  command
      .add_option("--out-dir", options.out_dir, "folder for the results; made where it is missing")
      ->type_name("DIR")
      ->group(results);
  command
      .add_option("--out-template", options.out_template,
                  "their names, of {stem}, {name} and {folder}; {stem}.npy if left out")
      ->type_name("NAME")
      ->group(results);
  command
      .add_option("--format", options.format, "npy, npz, json or text; by the template's extension")
      ->type_name("FORMAT")
      ->group(results);
  command
      .add_option("--overwrite", options.overwrite,
                  "results that are there: never, older (than their input) or always")
      ->type_name("WHICH")
      ->group(results);
  command.add_flag("--sync", options.sync, "wait until each result is on the disk itself")
      ->group(results);
  command
      .add_flag("--stack", options.stack,
                "inputs are stacks, larger than memory, of samples along their first axis")
      ->group(results);
}

void add_run_options(CLI::App& command, BatchOptions& options) {
  const std::string journal = "Journal";
  command
      .add_option(
          "--journal", options.journal,
          "tconv-batch.jsonl in --out-dir if left out; with --shard, tconv-batch.I-of-N.jsonl")
      ->type_name("FILE")
      ->group(journal);
  command.add_flag("--resume", options.resume, "go on after what the journal says is done")
      ->group(journal);
  command.add_flag("--hash", options.hash, "journal a hash of each input, and resume by it")
      ->group(journal);
  const std::string machines = "More than one machine";
  command
      .add_option("--shard", options.shard,
                  "the I-th of N equal parts (from 1); auto: as Slurm, Kubernetes or MPI say")
      ->type_name("I/N")
      ->group(machines);
  command
      .add_option(
          "--merge-journals", options.merge_journals,
          "check that the shards' journals, given in place of inputs, have every file once, "
          "and write one")
      ->type_name("FILE")
      ->group(machines);
  const std::string errors = "Errors";
  CLI::Option* const all = command
                               .add_flag("--continue-on-error", options.continue_on_error,
                                         "run all, then list what failed (exit 1)")
                               ->group(errors);
  command.add_flag("--fail-fast", options.fail_fast, "stop at the first failure: the default")
      ->excludes(all)
      ->group(errors);
  command.add_flag("--dry-run", options.dry_run, "look at every input, compute nothing")
      ->group("How to compute");
  command.add_option("-j,--jobs", options.jobs, "files computed at once; by size if left out")
      ->type_name("N")
      ->group("How to compute");
  command.add_option("--max-memory", options.max_memory, "never take more (exit 5)")
      ->type_name("SIZE")
      ->group("How to compute");
  command.add_flag("-v,--verbose", options.verbose, "progress lines where there is no terminal");
}

Result<Overwrite> overwrite_of(const BatchOptions& options) {
  const std::string& word = options.overwrite;
  if (word.empty()) return options.resume ? Overwrite::Always : Overwrite::Refuse;
  if (word == "never") return Overwrite::Never;
  if (word == "older") return Overwrite::Older;
  if (word == "always") return Overwrite::Always;
  return usage(fmt::format("--overwrite {} must be never, older or always", word));
}

Result<io::Format> format_of(const BatchOptions& options) {
  if (!options.format.empty()) {
    if (const auto format = io::format_from_name(options.format)) return *format;
    return usage(fmt::format("--format {} must be npy, npz, json or text", options.format));
  }
  if (options.out_template.empty()) return io::Format::Npy;
  if (const auto format = io::format_from_path(options.out_template)) return *format;
  return usage(
      fmt::format("--out-template {} has no extension that tells the format", options.out_template),
      "end it in .npy, .npz, .json or .txt, or give --format");
}

// Each shard has its own, also where all write to one folder.
std::string default_journal(const std::string& folder, const batch::Shard& shard) {
  if (shard.count == 1) return folder + "/tconv-batch.jsonl";
  return fmt::format("{}/tconv-batch.{}-of-{}.jsonl", folder, shard.index, shard.count);
}

std::string default_template(io::Format format) {
  switch (format) {
    case io::Format::Json: return "{stem}.json";
    case io::Format::Text: return "{stem}.txt";
    case io::Format::Npz: return "{stem}.npz";
    case io::Format::Npy: break;
  }
  return "{stem}.npy";
}

}  // namespace

void add_batch_options(CLI::App& command, BatchOptions& options) {
  add_layer_options(command, options.layer);
  add_file_options(command, options);
  add_plan_options(command, options.plan);
  add_run_options(command, options);
}

Result<BatchMeaning> meaning_of(const BatchOptions& options) {
  BatchMeaning meaning;
  auto chain = chain_request(options.layer);
  if (!chain) return chain.error();
  meaning.chain = std::move(*chain);
  const auto plan = plan_options(options.plan);
  if (!plan) return plan.error();
  meaning.plan = *plan;
  meaning.threads = options.plan.threads;
  meaning.jobs = options.jobs;
  if (options.jobs && (*options.jobs < 1 || *options.jobs > kMostJobs)) {
    return usage(fmt::format("--jobs {} must be 1 to {}", *options.jobs, kMostJobs));
  }
  if (options.inputs.empty() && options.files_from.empty()) {
    return usage("no input is given", "name files, folders or globs, or a list with --files-from");
  }
  if (options.out_dir.empty()) return usage("no folder for the results is given", "--out-dir DIR");
  const auto format = format_of(options);
  if (!format) return format.error();
  meaning.format = *format;
  if (options.stack && meaning.format != io::Format::Npy) {
    return usage("--stack writes .npy files only", "leave out --format");
  }
  meaning.out_template =
      options.out_template.empty() ? default_template(*format) : options.out_template;
  if (auto ok = batch::check_template(meaning.out_template); !ok) return ok.error();
  const auto overwrite = overwrite_of(options);
  if (!overwrite) return overwrite.error();
  meaning.overwrite = *overwrite;
  if (!options.shard.empty()) {
    auto shard = batch::parse_shard(options.shard, batch::process_environment());
    if (!shard) return shard.error();
    meaning.shard = *std::move(shard);
  }
  meaning.journal =
      options.journal.empty() ? default_journal(options.out_dir, meaning.shard) : options.journal;
  meaning.max_bytes = support::physical_memory_bytes();
  if (!options.max_memory.empty()) {
    const auto bytes = parse_bytes("--max-memory", options.max_memory);
    if (!bytes) return bytes.error();
    meaning.max_bytes = *bytes;
  }
  std::vector<std::string> readers = {options.layer.spec, options.files_from};
  readers.insert(readers.end(), options.layer.weights.begin(), options.layer.weights.end());
  readers.insert(readers.end(), options.layer.biases.begin(), options.layer.biases.end());
  if (auto ok = check_standard_input(readers); !ok) return ok.error();
  return meaning;
}

}  // namespace tconv::cli

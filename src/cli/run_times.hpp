// Where the milliseconds of tconv run go, as --json tells them.
#pragma once
#include <string>

namespace tconv::cli {

// Mapped files are read where they are first touched: mostly while packing and computing. Where
// threads pack, compute and write side by side, the time is divided in the proportion of theirs.
struct RunTimes {
  double start = 0;  // until the command line is understood: milliseconds_since_start()
  double read = 0;   // SPEC and headers, and the bytes of what is not mapped
  double plan = 0;   // checks, plans, conversion of weights
  double pack = 0;   // packing of weights, conversion of x
  double compute = 0;
  double write = 0;  // formatting, writing, syncing, renaming
};

// Processor time of the process so far, exec and the dynamic linker included. No clock says when
// exec was called to better than a hundredth of a second; until its input is read, this process
// waits for nothing but the disk, so that its processor time is the time that passed.
double milliseconds_since_start();

std::string times_json(const RunTimes& times);

}  // namespace tconv::cli

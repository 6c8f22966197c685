// One run of `millbeck import`: files, line after line, to a server.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/line_sender.hpp"
#include "runtime/cli/progress.hpp"
#include "runtime/transfer/csv_items.hpp"
#include "runtime/transfer/import_files.hpp"

namespace millbeck::runtime::cli {

struct ImportFlags {
    ClientFlags client;
    std::string table;
    std::string from;
    std::string format;
    std::string create;
};

// Threads: one. Borrows all it is given.
class Importer {
  public:
    static constexpr std::uint64_t kWrongShownMax = 20;  // lines; more are counted

    Importer(Terminal& terminal, const ImportFlags& flags, Client& client);

    // Wrong lines are no error: they are named on the terminal. Errors: Invalid (flags, files that
    // cannot be read as they are), Corrupt, Io, Cancelled, those of the client.
    base::Status run();
    // Takes the progress line away.
    void wipe() { progress_.wipe(); }

    [[nodiscard]] std::uint64_t written() const { return sender_.written(); }
    [[nodiscard]] std::uint64_t wrong_lines() const { return wrong_; }
    [[nodiscard]] double seconds() const { return progress_.seconds(); }

  private:
    base::Status prepare_table();
    base::Status read_lines(const ImportFile& file, const ImportPlan& plan);
    base::Status read_csv(const ImportFile& file, const ImportPlan& plan);
    base::Status tell(std::uint64_t position, const ImportPlan& plan);
    void wrong(std::uint64_t line, const std::string& why);
    [[nodiscard]] tl::unexpected<base::Error> in_file(base::Error error) const;
    [[nodiscard]] std::string shown() const;

    Terminal& terminal_;
    const ImportFlags& flags_;
    Client& client_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    std::vector<CsvColumn> keys_;
    const ImportFile* file_ = nullptr;  // at work
    LineSender sender_;
    Progress progress_;
    std::uint64_t lines_ = 0;
    std::uint64_t wrong_ = 0;
    std::uint64_t bytes_before_ = 0;  // of the files that are done
};

}  // namespace millbeck::runtime::cli

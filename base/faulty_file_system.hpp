// A file system that breaks on request: failed calls, a full disk, short reads, rotten bits, and a
// power cut that forgets everything not synced.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/file_system.hpp"
#include "base/random.hpp"

namespace millbeck::base {

// Every call a fault can be placed on. Sync is File::sync_data.
enum class FileCall {
    Open,
    Read,
    Write,
    Sync,
    Reserve,
    Truncate,
    Map,
    Rename,
    Remove,
    List,
    SyncFolder,
    CreateFolders,
    LockFolder,
};

// "The second write to a file with `.index` in its name fails with NoSpace after 100 bytes."
struct Fault {
    static constexpr std::uint32_t kForever = std::numeric_limits<std::uint32_t>::max();

    FileCall call = FileCall::Write;
    Code code = Code::Io;        // what the failing call returns
    std::uint32_t skip = 0;      // this many matching calls still succeed first
    std::uint32_t times = 1;     // then this many fail; kForever: until clear_faults()
    std::string name_part = {};  // only paths containing it; empty: every path. Rename: `from`
    std::size_t torn_bytes = 0;  // Write: this many bytes reach the file before it fails
};

enum class PowerCuts {
    Ignored,   // crash() is not allowed; writes cost nothing extra
    Recorded,  // every unsynced change is remembered, in memory, until it is synced
};

// A decorator: everything that is not broken goes to `inner`, which must outlive it.
//
// Power cuts. What counts as on disk is what POSIX promises and no more: file contents and length
// after sync_data, names (open that creates, rename, remove) after sync_folder of their folder.
// After a failed sync nothing written before it ever becomes durable, even if a later sync
// succeeds: that is how Linux drops dirty pages. What is written after it is as good as ever; with
// Recorded, such a file's changes are kept in memory until the power cut. Not modelled: lost
// create_folders.
//
// Threads: any. One mutex covers the calls to `inner` too: the journal must have the disk's order.
class FaultyFileSystem final : public FileSystem {
  public:
    explicit FaultyFileSystem(FileSystem& inner, PowerCuts power_cuts = PowerCuts::Ignored);
    FaultyFileSystem(const FaultyFileSystem&) = delete;
    FaultyFileSystem& operator=(const FaultyFileSystem&) = delete;
    ~FaultyFileSystem() override;

    // Faults add up; each keeps its own count. The first that is due decides.
    void inject(Fault fault);
    void clear_faults();

    // From now on files may grow by `bytes` more in all (write and reserve count; truncate and
    // remove give back); what fits of a write is written, then it fails with NoSpace.
    void set_free_bytes(std::uint64_t bytes);
    void set_free_bytes_unlimited();

    // The next read returns at most `bytes`, as if the file ended there.
    void shorten_next_read(std::size_t bytes);

    // Flips bit `bit` (0..7) of the stored byte: every later read and mapping sees it, existing
    // mappings too. Flipping twice repairs.
    Status flip_bit(const Path& path, std::uint64_t offset, unsigned bit);

    // The power is cut: everything not synced is undone, and every File opened so far fails with Io
    // from now on. Mappings stay readable. Requires PowerCuts::Recorded.
    Status crash();

    // As a real disk may: of each unsynced write some 512-byte sectors did reach it, of the name
    // changes a first part. Requires PowerCuts::Recorded.
    Status crash_keeping_some(Random& random);

    // How often the call was made so far, failed ones included.
    [[nodiscard]] std::uint64_t calls(FileCall call) const;

    Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override;
    Result<bool> exists(const Path& path) override;
    Status remove(const Path& path) override;
    Status rename(const Path& from, const Path& to) override;
    Status create_folders(const Path& path) override;
    Result<std::vector<std::string>> list(const Path& path) override;
    Status sync_folder(const Path& path) override;
    Result<std::uint64_t> free_bytes(const Path& path) override;
    Result<std::unique_ptr<FolderLock>> lock_folder(const Path& path) override;

    struct State;  // shared with the files it opened

  private:
    std::shared_ptr<State> state_;
};

}  // namespace millbeck::base

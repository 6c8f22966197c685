#include "base/faulty_file.hpp"

#include <fmt/format.h>

namespace millbeck::base {
namespace {

using State = FaultyFileSystem::State;

Status no_space(std::string_view verb, const Path& path) {
    return fail(Code::NoSpace, fmt::format("{} {}: the disk is full", verb, path.native()));
}

class FaultyFile final : public File {
  public:
    FaultyFile(std::shared_ptr<State> state, std::unique_ptr<File> inner, Path path,
               std::shared_ptr<JournalFile> journal, std::uint64_t power_cycle)
        : state_(std::move(state)),
          inner_(std::move(inner)),
          path_(std::move(path)),
          journal_(std::move(journal)),
          power_cycle_(power_cycle) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        const MutexLock lock(state_->mutex);
        MB_TRY_STATUS(admit(FileCall::Read));
        if (state_->next_read_bytes) {
            into = into.first(std::min(into.size(), *state_->next_read_bytes));
            state_->next_read_bytes.reset();
        }
        return inner_->read_at(offset, into);
    }

    Status write_at(std::uint64_t offset, std::string_view bytes) override {
        const MutexLock lock(state_->mutex);
        MB_TRY_STATUS(alive());
        if (const auto fault = state_->due(FileCall::Write, path_)) {
            MB_TRY_STATUS(write_through(offset, bytes.substr(0, fault->torn_bytes)));
            return fail(fault->code, fmt::format("write {}: injected fault", path_.native()));
        }
        MB_TRY(const std::uint64_t length, inner_->size());
        const std::uint64_t end = offset + bytes.size();
        const std::uint64_t growth = end > length ? end - length : 0;
        const std::uint64_t missing = growth - state_->fitting(growth);
        const bool is_full = missing > 0;
        if (missing >= bytes.size() && is_full) {
            return no_space("write", path_);
        }
        MB_TRY_STATUS(write_through(offset, bytes.substr(0, bytes.size() - missing)));
        state_->take(growth - missing);
        return is_full ? no_space("write", path_) : Status{};
    }

    Status sync_data() override {
        const MutexLock lock(state_->mutex);
        Status synced = admit(FileCall::Sync);
        if (synced) {
            synced = inner_->sync_data();
        }
        if (journal_ != nullptr) {
            synced ? journal_->note_synced() : journal_->note_lost();
        }
        return synced;
    }

    Status reserve(std::uint64_t bytes) override {
        const MutexLock lock(state_->mutex);
        MB_TRY_STATUS(admit(FileCall::Reserve));
        MB_TRY(const std::uint64_t length, inner_->size());
        const std::uint64_t growth = bytes > length ? bytes - length : 0;
        if (state_->fitting(growth) < growth) {
            return no_space("reserve", path_);
        }
        if (journal_ != nullptr) {
            journal_->note_length(length, length + growth);
        }
        MB_TRY_STATUS(inner_->reserve(bytes));
        state_->take(growth);
        return {};
    }

    Status truncate(std::uint64_t bytes) override {
        const MutexLock lock(state_->mutex);
        MB_TRY_STATUS(admit(FileCall::Truncate));
        MB_TRY(const std::uint64_t length, inner_->size());
        if (journal_ != nullptr) {
            MB_TRY_STATUS(journal_->note_truncate(*inner_, length, bytes));
        }
        MB_TRY_STATUS(inner_->truncate(bytes));
        if (bytes < length) {
            state_->give_back(length - bytes);
        }
        return {};
    }

    [[nodiscard]] Result<std::uint64_t> size() const override {
        const MutexLock lock(state_->mutex);
        MB_TRY_STATUS(alive());
        return inner_->size();
    }

    [[nodiscard]] Result<std::shared_ptr<const Mapping>> map(std::uint64_t bytes) const override {
        const MutexLock lock(state_->mutex);
        MB_TRY_STATUS(admit(FileCall::Map));
        return inner_->map(bytes);
    }

  private:
    // Files opened before a power cut are as dead as the process that held them.
    [[nodiscard]] Status alive() const MB_REQUIRES(state_->mutex) {
        if (state_->power_cycle != power_cycle_) {
            return fail(Code::Io, fmt::format("{}: opened before the power cut", path_.native()));
        }
        return {};
    }

    [[nodiscard]] Status admit(FileCall call) const MB_REQUIRES(state_->mutex) {
        MB_TRY_STATUS(alive());
        return state_->admit(call, path_);
    }

    Status write_through(std::uint64_t offset, std::string_view bytes) MB_REQUIRES(state_->mutex) {
        if (journal_ != nullptr) {
            MB_TRY_STATUS(journal_->note_write(*inner_, offset, bytes));
        }
        return inner_->write_at(offset, bytes);
    }

    std::shared_ptr<State> state_;
    std::unique_ptr<File> inner_;
    Path path_;
    std::shared_ptr<JournalFile> journal_;  // null: power cuts are not recorded
    std::uint64_t power_cycle_;
};

}  // namespace

std::unique_ptr<File> make_faulty_file(std::shared_ptr<FaultyFileSystem::State> state,
                                       std::unique_ptr<File> inner, const Path& path,
                                       std::shared_ptr<JournalFile> journal,
                                       std::uint64_t power_cycle) {
    return std::make_unique<FaultyFile>(std::move(state), std::move(inner), path,
                                        std::move(journal), power_cycle);
}

}  // namespace millbeck::base

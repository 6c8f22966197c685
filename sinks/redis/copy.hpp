// The sink's copy reader: items, and the entries of its leaderboards as rows of their own.
#pragma once

#include <unordered_set>

#include "sinks/copy_reader.hpp"
#include "sinks/redis/item_writer.hpp"
#include "sinks/redis/server.hpp"

namespace millbeck::sinks::redis {

// Borrows both. Threads: as the door says. A scan remembers 64 bits of each key, as the server may
// name a key twice: about 40 bytes an item, and afterwards as much an entry of the leaderboards
// that are read at once.
class Copy final : public CopyReader {
  public:
    Copy(Server& server, const ItemWriter& writer) : server_(server), writer_(writer) {}

    [[nodiscard]] base::Result<std::optional<CopiedRow>> expected(
        const Message& row) const override;
    [[nodiscard]] base::Result<std::vector<DerivedRow>> derived(
        std::string_view key, std::string_view image) const override;
    base::Status scan(const std::function<base::Status(CopiedRow)>& visit,
                      base::Instant deadline) override;
    base::Status remove(const std::vector<std::string>& keys, base::Instant deadline) override;

  private:
    using Visit = std::function<base::Status(CopiedRow)>;
    base::Status scan_items(const Visit& visit, base::Instant deadline);
    base::Status visit_hashes(const std::vector<std::string>& keys, const Visit& visit,
                              base::Instant deadline);
    base::Status visit_strings(const std::vector<std::string>& marks, const Visit& visit,
                               base::Instant deadline);

    Server& server_;
    const ItemWriter& writer_;
};

}  // namespace millbeck::sinks::redis

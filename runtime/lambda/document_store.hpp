// Small things that must be there after a restart, as JSON documents by kind and name: event source
// mappings, the roles that infrastructure tools make.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::runtime::lambda {

struct Document {
    std::string name;
    std::string json;

    friend bool operator==(const Document&, const Document&) = default;
};

// Documents of one kind at most; a further one is LimitExceeded.
inline constexpr std::size_t kDocumentsMax = 100'000;

// Threads: any (one lock; a call is one small transaction, synced to disk).
// Errors:  NoSpace, Io, Corrupt (the file is damaged or of a newer version).
class DocumentStore {
  public:
    static base::Result<std::unique_ptr<DocumentStore>> open(const base::Path& file);
    virtual ~DocumentStore() = default;

    // Makes or replaces.
    virtual base::Status put(std::string_view kind, const Document& document) = 0;
    // False: there was none.
    virtual base::Result<bool> remove(std::string_view kind, std::string_view name) = 0;
    [[nodiscard]] virtual base::Result<std::optional<std::string>> find(std::string_view kind,
                                                                        std::string_view name) = 0;
    // In the order of their names.
    [[nodiscard]] virtual base::Result<std::vector<Document>> all(std::string_view kind) = 0;
};

}  // namespace millbeck::runtime::lambda

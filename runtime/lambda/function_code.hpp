// The code of functions on disk: `functions/<name>/<sha>`, a folder for each package unpacked.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/lambda/function_zip.hpp"

namespace millbeck::runtime::lambda {

struct FunctionPackage {
    std::string folder;  // its name below the function's
    std::string sha256;  // base64, as CodeSha256
    std::uint64_t bytes = 0;
};

// A folder appears whole or not at all: unpacked beside, synced, renamed. Code in use is never
// touched; what no version names any more is removed.
// Threads: one at a time, but path().
class FunctionCode {
  public:
    // All outlive it; `root` is made at the first package.
    FunctionCode(base::FileSystem& files, base::Random& random, base::Path root,
                 ZipLimits limits = {});

    // Errors: Malformed and LimitExceeded (the zip's), NoSpace, Io.
    base::Result<FunctionPackage> install(const std::string& function, std::string_view zip);

    [[nodiscard]] base::Path path(const std::string& function, const std::string& folder) const;

    // Removes the function's folders that are not named in `used`, and its own when none is left.
    // What cannot be removed now is removed at the next start.
    void remove_others(const std::string& function, const std::set<std::string>& used);

    // At the start: removes what a crash has left. `used`: folders by function.
    void sweep(const std::map<std::string, std::set<std::string>>& used);

  private:
    base::FileSystem& files_;
    base::Random& random_;
    const base::Path root_;
    const ZipLimits limits_;
};

}  // namespace millbeck::runtime::lambda

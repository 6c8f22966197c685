#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child_process.hpp"
#include "base/errno_error.hpp"

namespace millbeck::base {
namespace {

Status check_executable(const Path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return tl::unexpected<Error>(errno_error(path.native(), errno));
    }
    if (!S_ISREG(status.st_mode) || ::access(path.c_str(), X_OK) != 0) {
        return fail(Code::Io, fmt::format("{} is not an executable file", path.native()));
    }
    return {};
}

// PATH of this process, or the system's own when there is none.
std::string_view search_path() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment.
    const char* path = std::getenv("PATH");
    return path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
}

}  // namespace

Result<Path> find_executable(std::string_view name) {
    if (name.find('/') != std::string_view::npos) {
        MB_TRY_STATUS(check_executable(Path(name)));
        return Path(name);
    }
    Status worst = fail(Code::NotFound, fmt::format("no executable \"{}\" on PATH", name));
    std::string_view rest = search_path();
    while (!rest.empty() && !name.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
        const Path candidate = Path(folder.empty() ? "." : folder) / name;
        Status found = check_executable(candidate);
        if (found) {
            return candidate;
        }
        // As a shell: a later folder may have one that runs, else say why the first did not.
        if (found.error().code != Code::NotFound && worst.error().code == Code::NotFound) {
            worst = std::move(found);
        }
    }
    return tl::unexpected<Error>(worst.error());
}

}  // namespace millbeck::base

#include "runtime/lambda/function_code.hpp"

#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "base/sha256.hpp"
#include "shardlog/base64.hpp"

namespace millbeck::runtime::lambda {

namespace {

using base::Path;
using base::Result;

constexpr std::string_view kUnfinished = ".unfinished-";

std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += kDigits[value >> 4U];
        text += kDigits[value & 15U];
    }
    return text;
}

// Packages may hold folders that even their owner cannot write to.
void remove_tree(const Path& path) {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) {
        base::log(base::LogLevel::Warn, "runtime",
                  "code of a function that is no longer used could not be removed",
                  {{"folder", path.native()}, {"error", error.message()}});
    }
}

}  // namespace

FunctionCode::FunctionCode(base::FileSystem& files, base::Random& random, Path root,
                           ZipLimits limits)
    : files_(files), random_(random), root_(std::move(root)), limits_(limits) {}

Path FunctionCode::path(const std::string& function, const std::string& folder) const {
    return root_ / function / folder;
}

Result<FunctionPackage> FunctionCode::install(const std::string& function, std::string_view zip) {
    const std::string digest = base::sha256(zip);
    FunctionPackage package;
    package.folder = hex(digest);
    shardlog::append_base64(package.sha256, digest);
    package.bytes = zip.size();
    const Path home = root_ / function;
    MB_TRY(const bool known, files_.exists(home / package.folder));
    if (known) {
        return package;
    }
    const Path unfinished = home / (std::string(kUnfinished) + base::make_hex(random_, 16));
    MB_TRY_STATUS(files_.create_folders(unfinished));
    auto unpacked = unpack_zip(zip, unfinished, limits_);
    if (unpacked) {
        unpacked = files_.rename(unfinished, home / package.folder);
    }
    if (!unpacked) {
        remove_tree(unfinished);
        return tl::unexpected<base::Error>(std::move(unpacked).error());
    }
    for (const Path& folder : {home, root_, root_.parent_path()}) {
        MB_TRY_STATUS(files_.sync_folder(folder));
    }
    return package;
}

void FunctionCode::remove_others(const std::string& function, const std::set<std::string>& used) {
    const Path home = root_ / function;
    const auto names = files_.list(home);
    if (!names) {
        return;  // it never had any
    }
    for (const std::string& name : *names) {
        if (!used.contains(name)) {
            remove_tree(home / name);
        }
    }
    if (used.empty()) {
        remove_tree(home);
    }
}

void FunctionCode::sweep(const std::map<std::string, std::set<std::string>>& used) {
    const auto names = files_.list(root_);
    for (const std::string& name : names ? *names : std::vector<std::string>{}) {
        const auto found = used.find(name);
        remove_others(name, found == used.end() ? std::set<std::string>{} : found->second);
    }
}

}  // namespace millbeck::runtime::lambda

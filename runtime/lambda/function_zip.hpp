// Unpacks a function's zip, trusting nothing in it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::runtime::lambda {

// Source: Lambda quotas.
struct ZipLimits {
    std::uint64_t unzipped_bytes_max = 262'144'000;
    std::uint64_t entries_max = 100'000;
};

// Makes files, folders and symbolic links of `zip` in `folder`, which exists and is empty, with
// the mode bits that the zip has for them (ours to read in any case), and syncs them to disk.
// What was made before an error stays: the caller removes the folder.
// Errors: Invalid (nothing is in it), Malformed (no zip, damaged, encrypted; a name that is
// absolute, has "..", or is there
//         twice; a link that leads out of the folder; something that is neither), LimitExceeded
//         (see `limits`, before anything is written by what the zip says of itself, and again by
//         what it holds), NoSpace, Io.
base::Status unpack_zip(std::string_view zip, const base::Path& folder, const ZipLimits& limits);

}  // namespace millbeck::runtime::lambda

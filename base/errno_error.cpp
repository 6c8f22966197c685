#include "base/errno_error.hpp"

#include <cerrno>
#include <system_error>

namespace millbeck::base {

Error errno_error(std::string_view what, int number) {
    Code code = Code::Io;
    if (number == ENOENT) {
        code = Code::NotFound;
    } else if (number == EEXIST) {
        code = Code::InUse;
    } else if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
        // EFBIG: a limit on file sizes is to be treated as a disk of that size.
        code = Code::NoSpace;
    }
    std::string message(what);
    message += ": ";
    // Not strerror(): that one shares its buffer between threads.
    message += std::generic_category().message(number);
    return Error{code, std::move(message)};
}

}  // namespace millbeck::base

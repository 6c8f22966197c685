// A library to be preloaded into the released program: ends it with SIGKILL at a chosen system
// call, so that no test build with built-in break points is needed.
//
// MILLBECK_TEST_KILL = <call>:<moment>:<count>:<path part>
//   call    write (a write to a file), sync (fsync, fdatasync), send (a write to a socket)
//   moment  before, half (of a write: the first half of its bytes is written), after
//   count   the how manieth such call on a file whose path has the part; from 1
// Children of the program are left alone: the setting leaves the environment with the first look.

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

enum class Call { None, Write, Sync, Send };
enum class Moment { Before, Half, After };

struct Switch {
    Call call = Call::None;
    Moment moment = Moment::Before;
    long count = 0;
    std::string part;
    std::atomic<long> seen{0};

    Switch() {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): runs before the program has threads.
        const char* setting = std::getenv("MILLBECK_TEST_KILL");
        if (setting == nullptr) {
            return;
        }
        const std::string_view text(setting);
        const std::size_t one = text.find(':');
        const std::size_t two = text.find(':', one + 1);
        const std::size_t three = text.find(':', two + 1);
        const std::string_view call_name = text.substr(0, one);
        const std::string_view moment_name = text.substr(one + 1, two - one - 1);
        call = call_name == "write" ? Call::Write : call_name == "sync" ? Call::Sync : Call::Send;
        moment = moment_name == "before" ? Moment::Before
                 : moment_name == "half" ? Moment::Half
                                         : Moment::After;
        count = std::stol(std::string(text.substr(two + 1, three - two - 1)));
        part = std::string(text.substr(three + 1));
        ::unsetenv("MILLBECK_TEST_KILL");  // NOLINT(concurrency-mt-unsafe): as above
        ::unsetenv("LD_PRELOAD");          // NOLINT(concurrency-mt-unsafe): as above
    }
};

Switch& the_switch() {
    static Switch only;
    return only;
}

// Read the setting before the program's main, and before any thread.
__attribute__((constructor)) void look() {
    the_switch();
}

[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;) {
        ::pause();
    }
}

bool path_matches(int fd) {
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    char path[4096];  // NOLINT(modernize-avoid-c-arrays): readlink's own type
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    return size > 0 &&
           std::string_view(path, static_cast<std::size_t>(size)).find(the_switch().part) !=
               std::string_view::npos;
}

// True when this is the call to die at.
bool is_due(Call call, int fd) {
    Switch& chosen = the_switch();
    return chosen.call == call && path_matches(fd) && ++chosen.seen == chosen.count;
}

template <typename Function>
Function* next(const char* name) {
    // NOLINTNEXTLINE: dlsym gives no better type.
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_socket(int fd) {
    struct stat about {};
    return ::fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

// A call in three parts; `half` writes the first half.
template <typename Whole, typename Half>
auto guarded(Call call, int fd, Whole whole, Half half) {
    if (!is_due(call, fd)) {
        return whole();
    }
    if (the_switch().moment == Moment::Half) {
        half();
    } else if (the_switch().moment == Moment::After) {
        whole();
    }
    die();
}

Call write_or_send(int fd) {
    if (the_switch().call == Call::None) {
        return Call::Write;
    }
    return is_socket(fd) ? Call::Send : Call::Write;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
    static auto* real = next<ssize_t(int, const void*, size_t)>("write");
    return guarded(
        write_or_send(fd), fd, [&] { return real(fd, data, size); },
        [&] { real(fd, data, size / 2); });
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
    static auto* real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    return guarded(
        Call::Write, fd, [&] { return real(fd, data, size, offset); },
        [&] { real(fd, data, size / 2, offset); });
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
    return pwrite(fd, data, size, offset);
}

ssize_t writev(int fd, const iovec* parts, int count) {
    static auto* real = next<ssize_t(int, const iovec*, int)>("writev");
    return guarded(
        write_or_send(fd), fd, [&] { return real(fd, parts, count); },
        [&] { real(fd, parts, (count + 1) / 2); });
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
    static auto* real = next<ssize_t(int, const iovec*, int, off_t)>("pwritev");
    return guarded(
        Call::Write, fd, [&] { return real(fd, parts, count, offset); },
        [&] { real(fd, parts, (count + 1) / 2, offset); });
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t offset) {
    return pwritev(fd, parts, count, offset);
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
    static auto* real = next<ssize_t(int, const void*, size_t, int)>("send");
    return guarded(
        Call::Send, fd, [&] { return real(fd, data, size, flags); },
        [&] { real(fd, data, size / 2, flags); });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static auto* real = next<ssize_t(int, const msghdr*, int)>("sendmsg");
    return guarded(
        Call::Send, fd, [&] { return real(fd, message, flags); },
        [&] { real(fd, message, flags); });
}

int fdatasync(int fd) {
    static auto* real = next<int(int)>("fdatasync");
    return guarded(
        Call::Sync, fd, [&] { return real(fd); }, [&] { real(fd); });
}

int fsync(int fd) {
    static auto* real = next<int(int)>("fsync");
    return guarded(
        Call::Sync, fd, [&] { return real(fd); }, [&] { real(fd); });
}

}  // extern "C"

// The pipe handler of the benchmarks: acknowledges every batch at once.
// Usage: ack_handler [FIFO]    into the FIFO goes, after each reply, the monotonic time of it in
// nanoseconds, 8 bytes; nobody needs to read it.

#include <cstdint>
#include <cstring>
#include <ctime>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

int main(int count, char** arguments) {
    // Opened both ways, a FIFO needs no reader; without blocking, a full one costs nothing.
    const int fifo = count > 1 ? ::open(arguments[1], O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
    std::vector<char> buffer(1 << 16);
    for (;;) {
        const ssize_t size = ::read(0, buffer.data(), buffer.size());
        if (size <= 0) {
            return 0;
        }
        const char* at = buffer.data();
        const char* const end = at + size;
        while ((at = static_cast<const char*>(
                    std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
            ++at;
            if (::write(1, "{}\n", 3) != 3) {
                return 1;
            }
            if (fifo >= 0) {
                timespec now{};
                ::clock_gettime(CLOCK_MONOTONIC, &now);
                const std::int64_t nanoseconds = now.tv_sec * 1'000'000'000L + now.tv_nsec;
                (void)!::write(fifo, &nanoseconds, sizeof nanoseconds);
            }
        }
    }
}

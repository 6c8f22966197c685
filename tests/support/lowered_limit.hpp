// A resource limit of this process, lowered for the length of a scope.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace millbeck::tests {

// `resource` is one of RLIMIT_*. Threads: the whole process sees it.
class LoweredLimit {
  public:
    LoweredLimit(__rlimit_resource resource, rlim_t limit) : resource_(resource) {
        EXPECT_EQ(::getrlimit(resource_, &before_), 0);
        rlimit lowered = before_;
        lowered.rlim_cur = limit;
        EXPECT_EQ(::setrlimit(resource_, &lowered), 0);
    }
    LoweredLimit(const LoweredLimit&) = delete;
    LoweredLimit& operator=(const LoweredLimit&) = delete;
    ~LoweredLimit() { EXPECT_EQ(::setrlimit(resource_, &before_), 0); }

  private:
    __rlimit_resource resource_;
    rlimit before_{};
};

}  // namespace millbeck::tests

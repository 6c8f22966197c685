// MD5, a checksum that an export's manifest has and other programs look at; it protects nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace millbeck::runtime {

// Threads: one.
class Md5 {
  public:
    Md5();
    void add(std::string_view bytes);
    std::string take();  // 16 bytes; once

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string md5_of(std::string_view bytes);  // 16 bytes

}  // namespace millbeck::runtime

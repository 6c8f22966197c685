#include "runtime/transfer/md5.hpp"

#include <openssl/evp.h>

#include "base/result.hpp"

namespace millbeck::runtime {

void Md5::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Md5::Md5() : context_(EVP_MD_CTX_new()) {
    MB_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) == 1,
             "the library has no MD5");
}

void Md5::add(std::string_view bytes) {
    MB_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "MD5 failed");
}

std::string Md5::take() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the library's bytes
    auto* out = reinterpret_cast<unsigned char*>(digest.data());
    MB_CHECK(EVP_DigestFinal_ex(context_.get(), out, &size) == 1, "MD5 failed");
    digest.resize(size);
    return digest;
}

std::string md5_of(std::string_view bytes) {
    Md5 md5;
    md5.add(bytes);
    return md5.take();
}

}  // namespace millbeck::runtime

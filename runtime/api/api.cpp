#include "runtime/api/api.hpp"

#include <utility>

#include "runtime/api/admin_routes.hpp"
#include "runtime/api/health_routes.hpp"
#include "runtime/api/router.hpp"
#include "runtime/lambda/lambda_routes.hpp"

namespace millbeck::runtime {
namespace {

class ApiRoutes final : public Api {
  public:
    explicit ApiRoutes(const ApiContext& context)
        : admin_(AdminRoutes::create(context)),
          health_(HealthRoutes::create(context)),
          lambda_(lambda::LambdaRoutes::create(context)),
          router_(context) {}

    void handle(const base::HttpRequest& request, base::Responder respond) override {
        const bool wire = request.target() == "/" && request.method() == "POST";
        if (!wire && (admin_->handle(request, respond) || health_->handle(request, respond) ||
                      lambda_->handle(request, respond))) {
            return;
        }
        router_.handle(request, std::move(respond));
    }

  private:
    std::unique_ptr<AdminRoutes> admin_;
    std::unique_ptr<HealthRoutes> health_;
    std::unique_ptr<lambda::LambdaRoutes> lambda_;
    Router router_;
};

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): the door's signature.
std::unique_ptr<Api> Api::create(ApiContext context) {
    return std::make_unique<ApiRoutes>(context);
}

}  // namespace millbeck::runtime

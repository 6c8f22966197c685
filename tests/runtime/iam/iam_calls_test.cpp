// What infrastructure tools ask of IAM and STS.
#include "runtime/iam/iam_calls.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime::iam {
namespace {

const std::string kTrust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]})";

class Iam {
  public:
    XmlAnswer call(Form form) {
        form.emplace("Version", "2010-05-08");
        return calls_.call(form, "req");
    }
    // The body of a call that must succeed.
    std::string ok(Form form) {
        const XmlAnswer answer = call(std::move(form));
        EXPECT_EQ(answer.status, 200U) << answer.body;
        return answer.body;
    }

  private:
    tests::TempFolder folder_;
    std::unique_ptr<lambda::DocumentStore> documents_ =
        *lambda::DocumentStore::open(folder_.path() / "d.db");
    base::VirtualClock clock_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(3);
    shardlog::Identity identity_;
    IamCalls calls_{*documents_, clock_, *random_, identity_};
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// If it fails, a tool's credential check fails, or it builds ARNs of another account.
TEST(IamCalls, SaysWhoTheCallerIs) {
    Iam iam;
    EXPECT_EQ(iam.call({{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}}).body,
              "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
              "<GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:root</Arn><UserId>"
              "000000000000</UserId><Account>000000000000</Account></GetCallerIdentityResult>"
              "<ResponseMetadata><RequestId>req</RequestId></ResponseMetadata>"
              "</GetCallerIdentityResponse>");
}

// If it fails, a second plan wants to change the role that the first made, or destroy hangs.
TEST(IamCalls, KeepsRolesAndTheirPolicies) {
    Iam iam;
    const Form named{{"RoleName", "worker"}};
    const auto with = [&](std::string action, Form more = {}) {
        more.insert(named.begin(), named.end());
        more.emplace("Action", std::move(action));
        return more;
    };
    const std::string made = iam.ok(with("CreateRole", {{"AssumeRolePolicyDocument", kTrust},
                                                        {"Description", "a & b"},
                                                        {"Tags.member.1.Key", "k"},
                                                        {"Tags.member.1.Value", "v"}}));
    EXPECT_TRUE(holds(made, "<Arn>arn:aws:iam::000000000000:role/worker</Arn>")) << made;
    EXPECT_TRUE(holds(made, "<Description>a &amp; b</Description>")) << made;
    EXPECT_TRUE(holds(made, "<AssumeRolePolicyDocument>%7B%22Version%22")) << made;
    EXPECT_TRUE(holds(made, "<CreateDate>2023-11-14T22:13:20Z</CreateDate>")) << made;
    const std::string role = made.substr(made.find("<Role>"), made.find("</Role>"));
    EXPECT_TRUE(holds(iam.ok(with("GetRole")), made.substr(made.find("<Role>"), 200)));
    EXPECT_TRUE(holds(iam.ok(with("ListRoleTags")), "<Key>k</Key><Value>v</Value>"));
    EXPECT_TRUE(holds(iam.ok(with("ListInstanceProfilesForRole")), "<InstanceProfiles>"));

    iam.ok(with("PutRolePolicy", {{"PolicyName", "p"}, {"PolicyDocument", kTrust}}));
    EXPECT_TRUE(holds(iam.ok(with("ListRolePolicies")), "<member>p</member>"));
    EXPECT_TRUE(holds(iam.ok(with("GetRolePolicy", {{"PolicyName", "p"}})), "%22Statement%22"));
    const std::string arn = "arn:aws:iam::aws:policy/service-role/Basic";
    iam.ok(with("AttachRolePolicy", {{"PolicyArn", arn}}));
    EXPECT_TRUE(holds(iam.ok(with("ListAttachedRolePolicies")),
                      "<PolicyName>Basic</PolicyName><PolicyArn>" + arn));

    EXPECT_TRUE(holds(iam.call(with("DeleteRole")).body, "<Code>DeleteConflict</Code>"));
    iam.ok(with("DetachRolePolicy", {{"PolicyArn", arn}}));
    EXPECT_EQ(iam.call(with("DeleteRole")).status, 409U);
    iam.ok(with("DeleteRolePolicy", {{"PolicyName", "p"}}));
    iam.ok(with("DeleteRole"));
    const XmlAnswer gone = iam.call(with("GetRole"));
    EXPECT_EQ(gone.status, 404U);
    EXPECT_TRUE(holds(gone.body,
                      "<Code>NoSuchEntity</Code><Message>The role with name worker cannot be "
                      "found.</Message>"))
        << gone.body;
}

// If it fails, a tool that reads page by page misses policies, or reads the first page for ever.
TEST(IamCalls, ListsPageByPage) {
    Iam iam;
    const auto with = [](std::string action, Form more = {}) {
        more.emplace("RoleName", "worker");
        more.emplace("Action", std::move(action));
        return more;
    };
    Form create = with("CreateRole", {{"AssumeRolePolicyDocument", kTrust}});
    for (const std::string number : {"1", "2", "3"}) {
        create["Tags.member." + number + ".Key"] = "key<" + number;
        create["Tags.member." + number + ".Value"] = "v";
    }
    iam.ok(create);
    for (const std::string name : {"a", "b", "c"}) {
        iam.ok(with("PutRolePolicy", {{"PolicyName", name}, {"PolicyDocument", kTrust}}));
        iam.ok(with("AttachRolePolicy", {{"PolicyArn", "arn:aws:iam::aws:policy/x/" + name}}));
    }
    const auto between = [](const std::string& text, const std::string& from,
                            const std::string& to) {
        const std::size_t begin = text.find(from);
        return begin == std::string::npos
                   ? ""
                   : text.substr(begin + from.size(), text.find(to, begin) - begin - from.size());
    };
    struct Row {
        std::string action, first, last;
    };
    for (const Row& row :
         {Row{"ListRolePolicies", "<PolicyNames><member>a</member><member>b</member></PolicyNames>",
              "<PolicyNames><member>c</member></PolicyNames>"},
          Row{"ListAttachedRolePolicies", "policy/x/b</PolicyArn></member></AttachedPolicies>",
              "<AttachedPolicies><member><PolicyName>c</PolicyName>"},
          Row{"ListRoleTags", "<Key>key&lt;2</Key><Value>v</Value></member></Tags>",
              "<Tags><member><Key>key&lt;3</Key>"}}) {
        const std::string page = iam.ok(with(row.action, {{"MaxItems", "2"}}));
        EXPECT_TRUE(holds(page, row.first)) << page;
        EXPECT_TRUE(holds(page, "<IsTruncated>true</IsTruncated><Marker>")) << page;
        const std::string rest = iam.ok(
            with(row.action, {{"MaxItems", "2"}, {"Marker", between(page, "<Marker>", "</")}}));
        EXPECT_TRUE(holds(rest, row.last)) << rest;
        EXPECT_TRUE(holds(rest, "<IsTruncated>false</IsTruncated></")) << rest;
        EXPECT_FALSE(holds(iam.ok(with(row.action)), "Marker"));
    }
    EXPECT_TRUE(holds(iam.ok(with("ListInstanceProfilesForRole", {{"MaxItems", "1"}})),
                      "<InstanceProfiles></InstanceProfiles><IsTruncated>false</IsTruncated>"));
    EXPECT_TRUE(holds(iam.ok(with("ListAttachedRolePolicies", {{"PathPrefix", "/y/"}})),
                      "<AttachedPolicies></AttachedPolicies>"));
    EXPECT_TRUE(holds(iam.ok(with("ListAttachedRolePolicies", {{"PathPrefix", "/x/"}})),
                      "<PolicyName>a</PolicyName>"));
    for (const std::string items : {"0", "1001", "x", "-1", ""}) {
        EXPECT_TRUE(holds(iam.call(with("ListRolePolicies", {{"MaxItems", items}})).body,
                          "<Code>ValidationError</Code><Message>1 validation error detected: Value "
                          "'" +
                              items + "' at 'maxItems'"));
    }
    EXPECT_TRUE(holds(iam.call(with("ListRoleTags", {{"Marker", "%"}})).body, "Invalid Marker."));
}

// If it fails, a mistake passes for success.
TEST(IamCalls, RefusesByName) {
    Iam iam;
    const auto code = [&](Form form) { return iam.call(std::move(form)).body; };
    EXPECT_TRUE(holds(code({{"Action", "ListUsers"}}),
                      "<Code>InvalidAction</Code><Message>ListUsers is not supported by "
                      "Millbeck.</Message>"));
    EXPECT_TRUE(holds(code({}), "<Code>InvalidAction</Code>"));
    EXPECT_TRUE(holds(code({{"Action", "CreateRole"}, {"RoleName", "r"}}),
                      "<Code>MalformedPolicyDocument</Code>"));
    const Form create{
        {"Action", "CreateRole"}, {"RoleName", "r"}, {"AssumeRolePolicyDocument", kTrust}};
    for (const std::string seconds : {"x", "3600s", "3599", "43201", ""}) {
        Form wrong = create;
        wrong["MaxSessionDuration"] = seconds;
        EXPECT_TRUE(holds(code(wrong), "<Code>ValidationError</Code>")) << seconds;
    }
    Form many = create;
    for (int i = 1; i <= 51; ++i) {
        const std::string member = "Tags.member." + std::to_string(i);
        many[member + ".Key"] = std::to_string(i);
        many[member + ".Value"] = "";
    }
    EXPECT_TRUE(holds(code(many), "<Code>LimitExceeded</Code>"));
    iam.ok(create);
    EXPECT_TRUE(holds(code(create),
                      "<Code>EntityAlreadyExists</Code><Message>Role with name r "
                      "already exists.</Message>"));
}

}  // namespace
}  // namespace millbeck::runtime::iam

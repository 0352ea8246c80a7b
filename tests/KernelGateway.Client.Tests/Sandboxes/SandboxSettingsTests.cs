using FluentAssertions;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Sandboxes;

public sealed class SandboxSettingsTests
{
    private const string Id = "i0123456789abcdefghij";

    [Test]
    public void Defaults_are_those_of_the_public_service()
    {
        var settings = Create(new SandboxClientOptions());

        settings.ApiUrl.Should().Be("https://api.e2b.app");
        settings.ApiKey.Should().BeNull();
        settings.UrlOf(SandboxSettings.ServicesPort, Id, settings.Domain).Should().Be("https://sandbox.e2b.app");
        settings.UrlOf(SandboxSettings.InterpreterPort, Id, settings.Domain).Should().Be($"https://49999-{Id}.e2b.app");
        settings.DirectUrlOf(SandboxSettings.ServicesPort, Id, settings.Domain).Should().Be($"https://49983-{Id}.e2b.app");
        settings.HostOf(3000, Id, settings.Domain).Should().Be($"3000-{Id}.e2b.app");
    }

    [Test]
    public void Variables_of_the_environment_are_read_and_options_win()
    {
        (string, string)[] variables =
        [
            ("E2B_API_KEY", "e2b_1"), ("E2B_ACCESS_TOKEN", "sk_1"), ("E2B_DOMAIN", "sandboxes.test:8443"),
            ("E2B_SANDBOX_URL", "http://127.0.0.1:3/"), ("E2B_DEBUG", "false"),
        ];

        var settings = Create(new SandboxClientOptions(), variables);
        var overridden = Create(new SandboxClientOptions { ApiKey = "e2b_2", ApiUrl = "http://127.0.0.1:4/", Debug = true }, variables);

        settings.Should().BeEquivalentTo(
            new { ApiKey = "e2b_1", AccessToken = "sk_1", ApiUrl = "https://api.sandboxes.test:8443", SandboxUrl = "http://127.0.0.1:3", IsDebug = false });
        settings.UrlOf(SandboxSettings.InterpreterPort, Id, settings.Domain).Should().Be("http://127.0.0.1:3");
        settings.HostOf(80, Id, settings.Domain).Should().Be($"80-{Id}.sandboxes.test:8443");
        overridden.Should().BeEquivalentTo(new { ApiKey = "e2b_2", ApiUrl = "http://127.0.0.1:4", IsDebug = true });
    }

    [Test]
    public void Debug_mode_is_this_machine()
    {
        var settings = Create(new SandboxClientOptions(), ("E2B_DEBUG", "TRUE"));

        settings.ApiUrl.Should().Be("http://localhost:3000");
        settings.UrlOf(SandboxSettings.ServicesPort, Id, settings.Domain).Should().Be("http://localhost:49983");
        settings.HostOf(8000, Id, settings.Domain).Should().Be("localhost:8000");
    }

    [Test]
    public void Other_domains_have_a_host_for_each_sandbox() =>
        Create(new SandboxClientOptions { Domain = "example.test" }).UrlOf(SandboxSettings.ServicesPort, Id, "example.test")
            .Should().Be($"https://49983-{Id}.example.test");

    [Test]
    public void What_cannot_be_used_is_refused()
    {
        FluentActions.Invoking(() => Create(new SandboxClientOptions { ApiUrl = "api.example.test" })).Should().Throw<ArgumentException>()
            .WithMessage("SandboxClientOptions.ApiUrl is 'api.example.test', which is not an address*");
        FluentActions.Invoking(() => Create(new SandboxClientOptions { RequestTimeout = TimeSpan.Zero })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Create(new SandboxClientOptions { MaxRetries = -1 })).Should().Throw<ArgumentException>();
    }

    [TestCase("0.5.7", true)]
    [TestCase("0.5.6", false)]
    [TestCase("0.10.0", true)]
    [TestCase("1.0.0-rc.1", true)]
    [TestCase("unknown", true)]
    public void Versions_are_compared_by_their_numbers(string text, bool has) => EnvdVersion.Parse(text).Has(EnvdVersion.RawUpload).Should().Be(has);

    [Test]
    public void Signature_is_the_one_of_the_service() =>
        FileUrls.Sign("hello.txt", "read", "user", "0tQG31xiMp0IOQfaz9dcwi72L1CPo8e0", null).Should().Be("v1_gUtH/s9YCJWgCizjfUxuWfhFE4QSydOWEIIvfLwDr6E");

    [Test]
    public void Signed_address_has_the_path_the_user_and_the_end()
    {
        var url = FileUrls.Create("https://49983-a.example.test/prefix", "t", "write", "a b+c", "user", DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

        url.AbsoluteUri.Should().Be(
            "https://49983-a.example.test/files?path=a%20b%2Bc&username=user&signature="
            + Uri.EscapeDataString(FileUrls.Sign("a b+c", "write", "user", "t", "1800000000")) + "&signature_expiration=1800000000");
    }

    [Test]
    public void Insecure_sandbox_has_addresses_without_a_signature() =>
        FileUrls.Create("http://localhost:49983", null, "read", "a", null, null).AbsoluteUri.Should().Be("http://localhost:49983/files?path=a");

    private static SandboxSettings Create(SandboxClientOptions options, params (string Name, string Value)[] variables) =>
        new(options, name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}

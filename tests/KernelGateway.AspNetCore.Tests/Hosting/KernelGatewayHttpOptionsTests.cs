using FluentAssertions;
using KernelGateway.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Hosting;

public class KernelGatewayHttpOptionsTests
{
    [Test]
    public void Defaults_are_good() => Validate(_ => { }).Should().BeEmpty();

    [Test]
    public async Task Options_that_are_changed_after_the_first_mapping_have_no_effect()
    {
        var services = new ServiceCollection();
        services.AddKernelGateway().ConfigureHttp(options => options.Token = "first");
        await using var provider = services.BuildServiceProvider();
        var used = HttpOptions.Create(provider);
        var given = provider.GetRequiredService<IOptions<KernelGatewayHttpOptions>>().Value;

        given.Token = "second";
        given.AllowedHosts.Add("later.example");
        given.AllowedOrigins.Add("https://later.example");
        given.AllowedEnvironment.Clear();
        given.Channels.MaxMessageBytes = 1;

        HttpOptions.Create(provider).Should().BeSameAs(used);
        used.Should().BeEquivalentTo(new KernelGatewayHttpOptions { Token = "first" });
    }

    [Test]
    public void Every_option_that_cannot_work_is_named()
    {
        Validate(options => options.Token = "").Should().ContainSingle().Which.Should().StartWith("Token:");
        Validate(options => options.Token = "two words").Should().ContainSingle().Which.Should().StartWith("Token:");
        Validate(options => options.Token = "é").Should().ContainSingle().Which.Should().StartWith("Token:");
        Validate(options => options.KeepAliveInterval = TimeSpan.Zero).Should().ContainSingle().Which.Should().StartWith("KeepAliveInterval:");
        Validate(options => options.MaxRequestBodyBytes = 10).Should().ContainSingle().Which.Should().StartWith("MaxRequestBodyBytes:");
        Validate(options => options.Authentication = (KernelGatewayAuthentication)9).Should().ContainSingle().Which.Should().StartWith("Authentication:");
        Validate(options => options.AllowedOrigins.Add("example.com")).Should().ContainSingle().Which.Should().StartWith("AllowedOrigins:");
        Validate(options => options.AllowedOrigins.Add("https://example.com/path")).Should().ContainSingle();
        Validate(options => options.AllowedOrigins.Add("https://*.example.com/path")).Should().ContainSingle();
        Validate(options => options.AllowedOrigins.Add("https://a.*.example.com")).Should().ContainSingle();
        Validate(options => options.AllowedOrigins.Add("https://*.*.example.com")).Should().ContainSingle();
        Validate(options => options.AllowedOrigins.Add("*.example.com")).Should().ContainSingle();
    }

    [Test]
    public void Origins_and_patterns_of_origins_are_good() =>
        Validate(options =>
        {
            options.AllowedOrigins.Add("https://example.com/");
            options.AllowedOrigins.Add("https://*.example.com");
            options.AllowedOrigins.Add("http://*.localhost:8080");
            options.AllowCredentials = true;
        }).Should().BeEmpty();

    [Test]
    public void Credentials_of_all_origins_are_refused()
    {
        var failures = Validate(options =>
        {
            options.AllowedOrigins.Add("*");
            options.AllowCredentials = true;
        });

        failures.Should().ContainSingle().Which.Should().StartWith("AllowCredentials:");
    }

    [Test]
    public void All_origins_without_authentication_are_refused()
    {
        var failures = Validate(options =>
        {
            options.Authentication = KernelGatewayAuthentication.None;
            options.AllowedOrigins.Add("*");
        });

        failures.Should().ContainSingle().Which.Should().Contain("every web page run code");
    }

    [TestCase("*")]
    [TestCase("*.example.com")]
    [TestCase("kernels.example.com")]
    public void Names_besides_loopback_without_authentication_are_refused(string host) =>
        Validate(options =>
        {
            options.Authentication = KernelGatewayAuthentication.None;
            options.AllowedHosts.Add(host);
        }).Should().ContainSingle().Which.Should().StartWith("AllowedHosts:");

    [TestCase(KernelGatewayAuthentication.None)]
    [TestCase(KernelGatewayAuthentication.Application)]
    public void A_token_that_would_not_be_asked_for_is_refused(KernelGatewayAuthentication authentication) =>
        Validate(options =>
        {
            options.Authentication = authentication;
            options.Token = "abc";
        }).Should().ContainSingle().Which.Should().StartWith("Token:");

    [TestCase("")]
    [TestCase("A*B")]
    [TestCase("A=B")]
    public void Names_that_no_variable_can_have_are_refused(string name) =>
        Validate(options => options.AllowedEnvironment.Add(name)).Should().ContainSingle().Which.Should().StartWith("AllowedEnvironment:");

    [TestCase("*")]
    [TestCase("HTTP_*")]
    [TestCase("TZ")]
    public void Names_and_beginnings_of_names_are_good(string name) =>
        Validate(options => options.AllowedEnvironment.Add(name)).Should().BeEmpty();

    private static IEnumerable<string> Validate(Action<KernelGatewayHttpOptions> change)
    {
        var options = new KernelGatewayHttpOptions();
        change(options);
        return new KernelGatewayHttpOptionsValidator().Validate(null, options).Failures ?? [];
    }
}

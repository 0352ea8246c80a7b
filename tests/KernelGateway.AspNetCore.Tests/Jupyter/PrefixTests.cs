using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

/// <summary>The URLs in responses when the gateway is mapped below a path prefix.</summary>
public class PrefixTests
{
    private const int TestTimeout = 60_000;

    private readonly string _kernelSpecs = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    [TearDown]
    public void RemoveKernelSpecs() => Directory.Delete(_kernelSpecs, recursive: true);

    [TestCase("", "/gw", "/gw")]
    [TestCase("/base", "", "/base")]
    [TestCase("/ba se", "/gw", "/ba%20se/gw")]
    [TestCase("", "/{tenant}/api/kernels", "/a%20b/api/kernels")]
    [CancelAfter(TestTimeout)]
    public async Task Addresses_have_the_base_path_and_the_prefix_of_the_group(
        string basePath, string group, string seen, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(_kernelSpecs, "echo"));
        await File.WriteAllTextAsync(
            Path.Combine(_kernelSpecs, "echo", "kernel.json"), """{"argv": ["e"], "display_name": "E", "language": "echo"}""", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_kernelSpecs, "echo", "logo-a b.png"), "logo", cancellationToken);
        await using var app = Build(basePath, group);
        await app.StartAsync(cancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        client.DefaultRequestHeaders.Add("Authorization", "token the-token");

        var listed = await client.GetTokenAsync($"{seen}/api/kernelspecs", cancellationToken);
        var shown = await client.GetTokenAsync($"{seen}/api/kernelspecs/echo/", cancellationToken);
        using var kernel = await client.PostJsonAsync($"{seen}/api/kernels", new JObject(), cancellationToken);
        using var session = await client.PostJsonAsync(
            $"{seen}/api/sessions", new JObject { ["path"] = "p", ["type"] = "console" }, cancellationToken);
        using var unknown = await client.GetAsync($"{seen}/api/unknown", cancellationToken);

        var logo = listed["kernelspecs"]!["echo"]!["resources"]!["logo-a b"]!.Value<string>();
        logo.Should().Be($"{seen}/kernelspecs/echo/logo-a%20b.png");
        shown["resources"]!["logo-a b"]!.Value<string>().Should().Be(logo);
        (await client.GetStringAsync(logo, cancellationToken)).Should().Be("logo");
        kernel.Headers.Location!.OriginalString.Should().StartWith($"{seen}/api/kernels/");
        session.Headers.Location!.OriginalString.Should().StartWith($"{seen}/api/sessions/");
        (await client.GetTokenAsync(kernel.Headers.Location.OriginalString, cancellationToken))["name"]!.Value<string>().Should().Be("echo");
        (await client.GetTokenAsync(session.Headers.Location.OriginalString, cancellationToken))["path"]!.Value<string>().Should().Be("p");
        (await unknown.ErrorAsync(System.Net.HttpStatusCode.NotFound, "Not Found", cancellationToken)).Should().Contain("/api/unknown");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Routes_of_the_host_below_api_are_the_hosts(CancellationToken cancellationToken)
    {
        await using var app = Build("", "");
        app.MapGet("/api/orders", () => "orders");
        app.MapGet("/api/{name}/all/things", (string name) => $"things of {name}");
        await app.StartAsync(cancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        (await client.GetStringAsync("/api/orders", cancellationToken)).Should().Be("orders");
        (await client.GetStringAsync("/api/kernels/all/things", cancellationToken)).Should().Be("things of kernels");
    }

    private WebApplication Build(string basePath, string group)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<Launching.IKernelProvisioner>(new ScriptedProvisioner());
        builder.Services.AddKernelGateway(options =>
        {
            options.KernelSpecs.ExtraDirectories.Add(_kernelSpecs);
            options.KernelSpecs.AllowedKernelSpecs.Add("echo");
            options.Languages.DefaultLanguage = "echo";
        }).ConfigureHttp(http => http.Token = "the-token");
        var app = builder.Build();
        if (basePath.Length > 0) app.UsePathBase(basePath);
        app.UseRouting();
        app.MapGroup(group).MapKernelGateway();
        return app;
    }
}

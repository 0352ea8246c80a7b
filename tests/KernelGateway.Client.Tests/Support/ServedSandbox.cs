using KernelGateway.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace KernelGateway.Client.Tests.Support;

/// <summary>The services of a sandbox on a loopback port, with a token and a directory, and a sandbox of the client that reaches them.</summary>
internal sealed class ServedSandbox : IAsyncDisposable
{
    public const string Token = "the-token";

    private readonly WebApplication _app;

    private ServedSandbox(WebApplication app, string folder, Sandbox sandbox)
    {
        _app = app;
        Folder = folder;
        Sandbox = sandbox;
    }

    /// <summary>Gets the directory, in which commands start.</summary>
    public string Folder { get; }

    public Sandbox Sandbox { get; }

    public static async Task<ServedSandbox> StartAsync(string? clientToken = Token, TimeProvider? time = null)
    {
        var folder = Directory.CreateTempSubdirectory("client-tests-").FullName;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddKernelGateway().ConfigureHttp(http => http.Token = Token).AddSandboxServices(services => services.WorkingDirectory = folder);
        var app = builder.Build();
        app.MapKernelGateway();
        await app.StartAsync();
        return new ServedSandbox(app, folder, Create(new Uri(app.Urls.Single()), clientToken, time));
    }

    /// <summary>Makes a sandbox whose services are at an address.</summary>
    public static Sandbox Create(Uri address, string? token = null, TimeProvider? time = null, string version = "0.6.13", TimeSpan? requestTimeout = null)
    {
        var options = new SandboxClientOptions { SandboxUrl = address.GetLeftPart(UriPartial.Authority), ApiUrl = address.ToString() };
        if (time is not null) options.TimeProvider = time;
        if (requestTimeout is not null) options.RequestTimeout = requestTimeout.Value;
        var client = new SandboxClient(new SandboxSettings(options, _ => null));
        return new Sandbox(client, new SandboxRecord("i0123456789abcdefghij", null, EnvdVersion.Parse(version), token, null));
    }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

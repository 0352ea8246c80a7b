using System.Net;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

/// <summary>A gateway that serves a directory of a test, beside which lies a directory that it must not serve.</summary>
internal sealed class ServedDirectory : IAsyncDisposable
{
    private readonly string _parent;

    private ServedDirectory(GatewayServer server, string parent)
    {
        Server = server;
        _parent = parent;
    }

    public GatewayServer Server { get; }

    public HttpClient Client => Server.Client;

    public string Root => Path.Combine(_parent, "served");

    public string Outside => Path.Combine(_parent, "served-not");

    public static async Task<ServedDirectory> StartAsync(
        Action<KernelGatewayOptions>? options = null, Action<KernelGatewayHttpOptions>? http = null, bool servesFiles = true)
    {
        var parent = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;
        var root = Directory.CreateDirectory(Path.Combine(parent, "served")).FullName;
        Directory.CreateDirectory(Path.Combine(parent, "served-not"));
        var server = await GatewayServer.StartAsync(
            gateway =>
            {
                gateway.DefaultWorkingDirectory = root;
                options?.Invoke(gateway);
            },
            http,
            sandbox: servesFiles ? _ => { }
        : null);
        return new ServedDirectory(server, parent);
    }

    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Creates a file with its parents.</summary>
    public string Create(string name, string content = "")
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public string Read(string name) => File.ReadAllText(PathOf(name));

    public bool Has(string name) => Path.Exists(PathOf(name));

    /// <summary>Asks for a model.</summary>
    public async Task<JObject> GetAsync(string path, CancellationToken cancellationToken) =>
        (JObject)await Client.GetTokenAsync("/api/contents/" + path, cancellationToken);

    public Task<HttpResponseMessage> SendAsync(string method, string path, CancellationToken cancellationToken, string? body = null) =>
        Client.SendAsync(method, "/api/contents/" + path, cancellationToken, body is null ? null : (JObject)HttpCalls.Parse(body));

    /// <summary>Sends a request, asserts the status of its answer, and gives the object in it.</summary>
    public async Task<JObject> SendAsync(
        string method, string path, HttpStatusCode status, CancellationToken cancellationToken, string? body = null)
    {
        using var response = await SendAsync(method, path, cancellationToken, body);
        return await response.ObjectAsync(status, cancellationToken);
    }

    /// <summary>Sends a request that has to fail, and gives the message.</summary>
    public async Task<string> FailAsync(
        string method, string path, HttpStatusCode status, CancellationToken cancellationToken, string? body = null, string? reason = null)
    {
        using var response = await SendAsync(method, path, cancellationToken, body);
        return await response.ErrorAsync(status, reason ?? NameOf(status), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_parent, recursive: true);
    }

    private static string NameOf(HttpStatusCode status) =>
        Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase((int)status);
}

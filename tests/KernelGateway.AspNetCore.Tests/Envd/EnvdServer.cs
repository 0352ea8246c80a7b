using System.Net.Http.Headers;
using System.Text;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Envd;

/// <summary>A gateway with the sandbox services, and a directory of its own for files.</summary>
internal sealed class EnvdServer : IAsyncDisposable
{
    private EnvdServer(GatewayServer gateway, string folder)
    {
        Gateway = gateway;
        Folder = folder;
    }

    public GatewayServer Gateway { get; }

    /// <summary>Gets the directory, which an empty path means.</summary>
    public string Folder { get; }

    /// <summary>Gets a client that sends the token.</summary>
    public HttpClient Client => Gateway.Client;

    public static async Task<EnvdServer> StartAsync(
        Action<KernelGatewayHttpOptions>? http = null,
        TimeProvider? time = null,
        Action<KernelGatewayOptions>? options = null,
        Action<SandboxServicesOptions>? sandbox = null,
        ServerSockets stack = ServerSockets.KestrelSockets)
    {
        var folder = Directory.CreateTempSubdirectory("envd-tests-").FullName;
        var gateway = await GatewayServer.StartAsync(options, http, time, stack: stack, sandbox: services =>
        {
            services.WorkingDirectory = folder;
            sandbox?.Invoke(services);
        });
        return new EnvdServer(gateway, folder);
    }

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Calls a unary method with JSON.</summary>
    public Task<HttpResponseMessage> CallAsync(string method, JObject request, CancellationToken cancellationToken) =>
        Client.PostJsonAsync($"/filesystem.Filesystem/{method}", request, cancellationToken);

    /// <summary>Calls a unary method with JSON and gives its answer, which is not an error.</summary>
    public async Task<JObject> AnswerAsync(string method, JObject request, CancellationToken cancellationToken)
    {
        using var response = await CallAsync(method, request, cancellationToken);
        return (JObject)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
    }

    /// <summary>Calls a streaming method with JSON.</summary>
    public Task<EnvelopeStream> StreamAsync(
        string path, JObject request, CancellationToken cancellationToken, params (string Name, string Value)[] headers) =>
        StreamRawAsync(path, EnvelopeStream.Envelope(0, Encoding.UTF8.GetBytes(request.ToString())), cancellationToken, headers);

    /// <summary>Calls a streaming method with any body.</summary>
    public async Task<EnvelopeStream> StreamRawAsync(
        string path, byte[] body, CancellationToken cancellationToken, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(EnvelopeStream.JsonType);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return new EnvelopeStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <summary>Writes a file through the route.</summary>
    public async Task<JArray> UploadAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        using var response = await Client.PostRawAsync(
            $"/files?path={Uri.EscapeDataString(path)}", content, "application/octet-stream", cancellationToken);
        return (JArray)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

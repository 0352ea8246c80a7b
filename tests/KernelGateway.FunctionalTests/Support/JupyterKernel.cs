using System.Net.Http.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>A kernel that is started by <c>POST /api/kernels</c> and deleted on disposal.</summary>
internal sealed class JupyterKernel : IAsyncDisposable
{
    private readonly HttpClient _http;

    private JupyterKernel(HttpClient http, string id)
    {
        _http = http;
        Id = id;
    }

    public string Id { get; }

    public static async Task<JupyterKernel> StartAsync(Uri server, string token, CancellationToken cancellationToken)
    {
        var http = new HttpClient { BaseAddress = server };
        try
        {
            http.DefaultRequestHeaders.Add("Authorization", $"token {token}");
            using var response = await http.PostAsJsonAsync("api/kernels", new { name = "python3" }, cancellationToken);
            response.EnsureSuccessStatusCode();
            return new JupyterKernel(http, (string)JObject.Parse(await response.Content.ReadAsStringAsync(cancellationToken))["id"]!);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>Returns the address of its channels at a server, which may be a proxy.</summary>
    public Uri ChannelsAt(Uri server, string query) => new($"ws://{server.Authority}/api/kernels/{Id}/channels{query}");

    /// <summary>Reads its model.</summary>
    public async Task<JObject> ReadAsync(CancellationToken cancellationToken) =>
        JObject.Parse(await _http.GetStringAsync(new Uri($"api/kernels/{Id}", UriKind.Relative), cancellationToken));

    /// <summary>Deletes the kernel. Returns false when it did not exist.</summary>
    public async Task<bool> DeleteAsync(CancellationToken cancellationToken)
    {
        using var response = await _http.DeleteAsync(new Uri($"api/kernels/{Id}", UriKind.Relative), cancellationToken);
        return response.IsSuccessStatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await DeleteAsync(CancellationToken.None);
        _http.Dispose();
    }
}

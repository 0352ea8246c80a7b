using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using KernelGateway.Soak.Kernels;

namespace KernelGateway.Soak.Gateways;

/// <summary>The contexts of the server, over its HTTP API.</summary>
internal sealed class ServerContexts : IContextHost, IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private readonly Workplace _workplace;
    private readonly TimeProvider _time;

    public ServerContexts(Uri url, string token, Workplace workplace, TimeProvider time)
    {
        _workplace = workplace;
        _time = time;
        Url = url;
        Token = token;

        // Idle connections are closed early, before the descriptors are counted.
        Http = CreateClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2) });
    }

    public string Name => "server";

    public Uri Url { get; }

    public string Token { get; }

    public HttpClient Http { get; }

    /// <summary>Creates a client with its own sockets. It has no timeout, because every wait of the soak has its own deadline.</summary>
    public HttpClient CreateClient(SocketsHttpHandler handler) => new(handler)
    {
        BaseAddress = Url,
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
    };

    public int Wanted(KernelKind kind) => kind.OnServer;

    public async Task WaitUntilHealthyAsync(ServerProcess server, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (server.HasExited) throw new SoakException($"The server ended at once: {File.ReadAllText(_workplace.ServerLog)}");
            try
            {
                using var answer = await Http.GetAsync("health", cancellationToken);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // The server does not listen yet.
            }

            await Task.Delay(BetweenLooks, cancellationToken);
        }
    }

    public async Task<SoakContext> CreateAsync(KernelKind kind, CancellationToken cancellationToken)
    {
        if (kind.IsAttached) return await AttachAsync(kind, cancellationToken);
        using var answer = await Http.PostAsJsonAsync("contexts", new { language = kind.SpecName }, cancellationToken);
        var body = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"No context for {kind.SpecName}: {(int)answer.StatusCode} {body}");
        using var json = JsonDocument.Parse(body);
        return new SoakContext(json.RootElement.GetProperty("id").GetString()!, kind, _time);
    }

    public async Task RemoveAsync(SoakContext context, CancellationToken cancellationToken)
    {
        // An attached context is removed with its kernel. If only the context were removed, the file would be attached again.
        context.Attached?.Dispose();
        using var answer = await Http.DeleteAsync($"contexts/{context.Id}", cancellationToken);
        if (answer.IsSuccessStatusCode || (answer.StatusCode == HttpStatusCode.NotFound && context.Kind.IsAttached)) return;
        throw new HttpRequestException($"{context} was not removed: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    public async Task<bool> RestartAsync(SoakContext context, CancellationToken cancellationToken)
    {
        using var answer = await Http.PostAsync($"contexts/{context.Id}/restart", null, cancellationToken);
        return answer.IsSuccessStatusCode;
    }

    public async Task InterruptAsync(SoakContext context, CancellationToken cancellationToken) =>
        (await Http.PostAsync($"contexts/{context.Id}/interrupt", null, cancellationToken)).Dispose();

    /// <summary>Interrupts one execution and no other.</summary>
    public async Task InterruptExecutionAsync(string executionId, CancellationToken cancellationToken) =>
        (await Http.PostAsync($"executions/{executionId}/interrupt", null, cancellationToken)).Dispose();

    /// <summary>Interrupts the code that the kernel runs, as a Jupyter client does.</summary>
    public async Task InterruptKernelAsync(string kernelId, CancellationToken cancellationToken) =>
        (await Http.PostAsync($"api/kernels/{kernelId}/interrupt", null, cancellationToken)).Dispose();

    public async Task<KernelStatus?> FindAsync(SoakContext context, CancellationToken cancellationToken)
    {
        using var answer = await Http.GetAsync($"contexts/{context.Id}", cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        answer.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
        var process = json.RootElement.GetProperty("process_id");
        return new KernelStatus(
            context.Attached?.ProcessId ?? (process.ValueKind == JsonValueKind.Number ? process.GetInt32() : null),
            json.RootElement.GetProperty("state").GetString() == "dead");
    }

    /// <summary>Returns the server's description of a context.</summary>
    public async Task<string> DescribeAsync(SoakContext context, CancellationToken cancellationToken)
    {
        using var answer = await Http.GetAsync($"contexts/{context.Id}", cancellationToken);
        using var kernel = await Http.GetAsync($"api/kernels/{context.Id}", cancellationToken);
        return $"the server says {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)} "
            + $"and {(int)kernel.StatusCode} {await kernel.Content.ReadAsStringAsync(cancellationToken)}";
    }

    /// <summary>Returns the number of contexts of the server.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(await Http.GetStringAsync("contexts", cancellationToken));
        return json.RootElement.GetArrayLength();
    }

    public void Dispose() => Http.Dispose();

    private async Task<SoakContext> AttachAsync(KernelKind kind, CancellationToken cancellationToken)
    {
        var kernel = AttachedKernel.Start(_workplace);
        try
        {
            var context = new SoakContext(kernel.Id, kind, _time) { Attached = kernel };
            while (await FindAsync(context, cancellationToken) is null) await Task.Delay(BetweenLooks, cancellationToken);
            return context;
        }
        catch
        {
            kernel.Dispose();
            throw;
        }
    }
}

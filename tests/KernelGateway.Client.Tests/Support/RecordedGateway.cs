using System.Net;
using System.Text;

namespace KernelGateway.Client.Tests.Support;

/// <summary>Answers like a gateway with one execution whose events are known; the test cuts its streams where it likes.</summary>
/// <param name="lines">The events, with their numbers, the end last.</param>
internal sealed class RecordedGateway(params string[] lines) : HttpMessageHandler
{
    public const string ExecutionId = "execution-1";

    private readonly List<HttpRequestMessage> _requests = [];

    /// <summary>Gets or sets what is done with the body of the n-th stream, from 0; null leaves it whole.</summary>
    public Func<int, byte[], Stream>? Body { get; set; }

    /// <summary>Gets or sets an answer, or an exception, in place of that for the n-th request, from 0.</summary>
    public Func<int, HttpRequestMessage, HttpResponseMessage?>? Answer { get; set; }

    /// <summary>Gets a value indicating whether it has ids of executions, as E2B's own service has not.</summary>
    public bool HasIds { get; init; } = true;

    /// <summary>Gets the requests so far.</summary>
    public IReadOnlyList<HttpRequestMessage> Requests => _requests;

    /// <summary>Gets how many streams were opened.</summary>
    public int Streams { get; private set; }

    /// <summary>Gets the bytes of the whole stream.</summary>
    public byte[] Bytes => Encode(lines);

    public GatewayClient CreateClient(Action<GatewayClientOptions>? configure = null)
    {
        var options = new GatewayClientOptions { HttpClient = new HttpClient(this), RetryDelay = TimeSpan.Zero };
        configure?.Invoke(options);
        return new GatewayClient(options);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _requests.Add(request);
        if (Answer?.Invoke(_requests.Count - 1, request) is { } other) return Task.FromResult(other);
        var path = request.RequestUri!.PathAndQuery;
        if (path == "/execute") return Task.FromResult(CreateStream(lines));
        if (path.Contains("/events?after=", StringComparison.Ordinal))
            return Task.FromResult(CreateStream(lines.Skip(int.Parse(path.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture))));
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{}") });
    }

    private static byte[] Encode(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private HttpResponseMessage CreateStream(IEnumerable<string> sent)
    {
        var bytes = Encode(sent);
        var response = new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StreamContent(Body?.Invoke(Streams, bytes) ?? new MemoryStream(bytes)),
        };
        if (HasIds) response.Headers.Add("X-Execution-Id", ExecutionId);
        Streams++;
        return response;
    }
}

/// <summary>A stream that gives some bytes and then fails, or never gives anything more.</summary>
/// <param name="bytes">The bytes.</param>
/// <param name="failure">The failure; null to wait for the cancellation of the read.</param>
internal sealed class BrokenStream(byte[] bytes, Exception? failure) : MemoryStream(bytes)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await base.ReadAsync(buffer, cancellationToken);
        if (count > 0) return count;
        if (failure is not null) throw failure;
        await Never.WaitAsync(cancellationToken);
        return 0;
    }
}

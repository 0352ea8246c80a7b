using System.Net;
using FluentAssertions;
using KernelGateway.Client.Http;
using KernelGateway.Client.Tests.Support;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Http;

[CancelAfter(60_000)]
public sealed class HttpTransportTests
{
    private static readonly HttpCall Get = new(HttpMethod.Get, "path");
    private static readonly HttpCall Post = new(HttpMethod.Post, "path");

    [TestCase(HttpStatusCode.RequestTimeout)]
    [TestCase(HttpStatusCode.BadGateway)]
    [TestCase(HttpStatusCode.ServiceUnavailable)]
    [TestCase(HttpStatusCode.GatewayTimeout)]
    public async Task Request_that_may_be_repeated_is_sent_again_after_an_answer_of_a_server_that_cannot_serve(
        HttpStatusCode status, CancellationToken token)
    {
        var handler = new RecordedGateway { Answer = (number, _) => number < 2 ? new(status) : null };

        await Create(handler).SendForJsonAsync(Get, token);

        handler.Requests.Should().HaveCount(3);
    }

    [TestCase(HttpStatusCode.NotFound)]
    [TestCase(HttpStatusCode.InternalServerError)]
    [TestCase(HttpStatusCode.TooManyRequests)]
    public async Task Answer_that_says_what_is_wrong_is_not_asked_for_again(HttpStatusCode status, CancellationToken token)
    {
        var handler = new RecordedGateway { Answer = (_, _) => new(status) };

        var sending = () => Create(handler).SendForJsonAsync(Get, token);

        (await sending.Should().ThrowAsync<GatewayApiException>()).Which.StatusCode.Should().Be(status);
        handler.Requests.Should().ContainSingle();
    }

    [Test]
    public async Task Lost_connection_is_made_again_for_a_request_that_may_be_repeated(CancellationToken token)
    {
        var handler = new RecordedGateway { Answer = (number, _) => number == 0 ? throw Lost() : null };

        await Create(handler).SendForJsonAsync(Get, token);

        handler.Requests.Should().HaveCount(2);
    }

    [Test]
    public async Task Other_request_is_sent_again_only_if_it_was_not_sent(CancellationToken token)
    {
        var refused = new RecordedGateway { Answer = (number, _) => number == 0 ? throw Refused() : null };
        var lost = new RecordedGateway { Answer = (_, _) => throw Lost() };

        await Create(refused).SendForJsonAsync(Post, token);
        var sending = () => Create(lost).SendForJsonAsync(Post, token);

        refused.Requests.Should().HaveCount(2);
        (await sending.Should().ThrowAsync<GatewayConnectionException>().WithMessage("*http://gateway.test/base/*lost*"))
            .Which.IsTransient.Should().BeTrue();
        lost.Requests.Should().ContainSingle();
    }

    [Test]
    public async Task Requests_have_the_base_path_and_the_headers(CancellationToken token)
    {
        var handler = new RecordedGateway();

        await Create(handler).SendForNothingAsync(Post with { Headers = [("X-One", "1")] }, token);

        var sent = handler.Requests.Should().ContainSingle().Subject;
        sent.RequestUri.Should().Be(new Uri("http://gateway.test/base/path"));
        sent.Headers.GetValues("X-All").Should().Equal("all");
        sent.Headers.GetValues("X-One").Should().Equal("1");
        sent.Headers.UserAgent.ToString().Should().StartWith("KernelGateway.Client/");
    }

    [Test]
    public async Task Answer_that_does_not_come_in_time_is_a_lost_connection(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        using var http = new HttpClient(new SilentHandler());
        var transport = new HttpTransport(new HttpTransportOptions
        {
            Http = http, BaseAddress = new Uri("http://gateway.test/"), RequestTimeout = TimeSpan.FromSeconds(7), TimeProvider = time,
        });

        var sending = transport.SendForNothingAsync(Get, token);
        time.Advance(TimeSpan.FromSeconds(8));

        await sending.Invoking(task => task).Should().ThrowAsync<GatewayConnectionException>().WithMessage("*did not answer within 7 s*");
    }

    [Test]
    public async Task Cancellation_of_the_caller_is_no_failure_of_the_connection(CancellationToken token)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var http = new HttpClient(new SilentHandler());
        var transport = new HttpTransport(new HttpTransportOptions { Http = http, BaseAddress = new Uri("http://gateway.test/") });
        var sending = transport.SendForNothingAsync(Get, source.Token);

        await source.CancelAsync();

        (await sending.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
    }

    [TestCase("""{"title":"Too Many Requests","status":429,"code":"queue_full","detail":"It is full."}""", "queue_full", "It is full.")]
    [TestCase("""{"code":429,"message":"Rate limit."}""", "429", "Rate limit.")]
    [TestCase("""{"code":"not_found","message":"no such file"}""", "not_found", "no such file")]
    [TestCase("""{"detail":[{"type":"bool_type","loc":["body","detail"],"msg":"It has to be a boolean"}]}""", null, "detail: It has to be a boolean.")]
    [TestCase("Context c not found", null, "Context c not found")]
    [TestCase("<html><body>Bad gateway</body></html>", null, "The server answered with status 429.")]
    [TestCase("", null, "The server answered with status 429.")]
    [TestCase("[]", null, "[]")]
    public void Error_is_read_in_every_form(string body, string? code, string message)
    {
        var exception = ErrorAnswer.Create(HttpStatusCode.TooManyRequests, null, System.Text.Encoding.UTF8.GetBytes(body));

        exception.Code.Should().Be(code);
        exception.Message.Should().Be(message);
        exception.IsTransient.Should().BeTrue();
    }

    private static HttpRequestException Lost() => new(HttpRequestError.ResponseEnded, "lost");

    private static HttpRequestException Refused() => new(HttpRequestError.ConnectionError, "refused");

    private static HttpTransport Create(HttpMessageHandler handler) => new(new HttpTransportOptions
    {
        Http = new HttpClient(handler),
        BaseAddress = new Uri("http://gateway.test/base"),
        Headers = [("X-All", "all")],
        RetryDelay = TimeSpan.Zero,
    });

    private sealed class SilentHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Never.WaitAsync(cancellationToken);
            throw new InvalidOperationException();
        }
    }
}

using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using KernelGateway.AspNetCore.Requests;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>The methods of one service, as handlers of HTTP requests.</summary>
/// <remarks>
/// Connect protocol, Unary-Request, Streaming-Request. The errors of a stream are in its last envelope, behind status 200, whatever
/// failed: clients take an error status of a stream for one of a proxy.
/// </remarks>
/// <param name="name">The name with its package, as in the paths of the methods.</param>
/// <param name="surface">The shared services of the endpoints.</param>
/// <param name="translate">Gives the error that an exception of a handler means; null where it is unexpected.</param>
internal sealed partial class ConnectService(string name, HttpSurface surface, Func<Exception, ConnectException?> translate)
{
    private readonly Dictionary<string, RequestDelegate> _methods = [];

    /// <summary>Gets the handlers by path.</summary>
    public IEnumerable<KeyValuePair<string, RequestDelegate>> Methods => _methods;

    /// <summary>Gets the pattern of all paths of the service.</summary>
    public string Pattern => $"/{name}/{{**method}}";

    private TimeProvider Time => surface.Time;

    /// <summary>Answers a call of a method that does not exist.</summary>
    public Task RefuseMethodAsync(HttpContext context) => ConnectError.WriteAsync(
        context,
        StatusCodes.Status404NotFound,
        ConnectCode.Unimplemented,
        $"{name} has no method '{context.Request.RouteValues["method"]}'");

    /// <summary>Adds a method with one request and one answer.</summary>
    public void AddUnary<TRequest, TResponse>(string method, Func<TRequest, ConnectCall, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : IMessage =>
        Add(method, isStream: false, (context, codec) => new UnaryCall<TRequest, TResponse>(this, context, codec, handler).RunAsync());

    /// <summary>Adds a method with one request and a stream of answers.</summary>
    /// <param name="method">The name.</param>
    /// <param name="handler">
    /// Gives the answers. It has ended, or its token is cancelled, before the call is over.
    /// </param>
    /// <param name="keepAlive">What is sent in silence.</param>
    public void AddServerStream<TRequest, TResponse>(
        string method, Func<TRequest, ConnectCall, IAsyncEnumerable<TResponse>> handler, TResponse keepAlive)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : IMessage =>
        Add(method, isStream: true, (context, codec) => RunStreamAsync(context, codec, async (messages, call, output) =>
        {
            var request = codec.Read<TRequest>((await ReadOnlyMessageAsync(messages, call)).Span);
            await new StreamSender<TResponse>(output, keepAlive, call, surface.Time).SendAsync(handler(request, call));
        }));

    /// <summary>Adds a method with a stream of requests and one answer.</summary>
    public void AddClientStream<TRequest, TResponse>(
        string method, Func<IAsyncEnumerable<TRequest>, ConnectCall, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : IMessage =>
        Add(method, isStream: true, (context, codec) => RunStreamAsync(context, codec, async (messages, call, output) =>
            output.Write(await handler(ReadAllAsync<TRequest>(messages, codec, call.Cancellation), call))));

    private static async IAsyncEnumerable<T> ReadAllAsync<T>(
        RequestMessages messages, ConnectCodec codec, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IMessage<T>, new()
    {
        while (await messages.ReadEnvelopeAsync(cancellationToken) is { } message) yield return codec.Read<T>(message.Span);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadOnlyMessageAsync(RequestMessages messages, ConnectCall call) =>
        await messages.ReadEnvelopeAsync(call.Cancellation)
            ?? throw new ConnectException(ConnectCode.Unimplemented, "protocol error: the request has no message");

    private void Add(string method, bool isStream, Func<HttpContext, ConnectCodec, Task> handler) =>
        _methods.Add($"/{name}/{method}", async context =>
        {
            if (ConnectCodec.Find(context.Request.ContentType, isStream) is not { } codec)
            {
                await RefuseTypeAsync(context, isStream);
                return;
            }

            // The messages have a limit of their own. A stream has no minimum rate: nothing may happen in it for hours.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
            if (isStream)
            {
                if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request) request.MinDataRate = null;
                if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response) response.MinDataRate = null;
            }

            // A stream that ended normally would look complete to its client.
            using var abort = surface.AbortWhenStopping(context);
            await handler(context, codec);
        });

    private static Task RefuseTypeAsync(HttpContext context, bool isStream)
    {
        context.Response.Headers["Accept-Post"] = ConnectCodec.GetTypes(isStream);
        return ConnectError.WriteAsync(
            context,
            StatusCodes.Status415UnsupportedMediaType,
            ConnectCode.Unknown,
            $"The Content-Type is '{context.Request.ContentType}'; this method accepts {ConnectCodec.GetTypes(isStream)}.");
    }

    private RequestMessages Read(HttpContext context, bool isStream) => new(
        context.Request, isStream, (int)surface.Options.MaxRequestBodyBytes, new BodyMemory(surface.Gateway.Memory));

    private async Task RunStreamAsync(
        HttpContext context, ConnectCodec codec, Func<RequestMessages, ConnectCall, EnvelopeWriter, Task> handler)
    {
        var response = context.Response;
        response.ContentType = codec.StreamType;
        response.Headers.CacheControl = "no-store";

        // Without this header nginx buffers the stream.
        response.Headers["X-Accel-Buffering"] = "no";
        var output = new EnvelopeWriter(response.BodyWriter, codec);
        ConnectCall? call = null;
        ConnectException? error = null;
        try
        {
            call = ConnectCall.Create(context, surface.Time);
            using var messages = Read(context, isStream: true);
            await handler(messages, call, output);
        }
        catch (Exception exception) when (!IsOfDisconnect(exception, context))
        {
            error = Translate(exception, call, context);
        }
        finally
        {
            call?.Dispose();
        }

        output.WriteEnd(error);
        await output.FlushAsync(context.RequestAborted);
    }

    private static bool IsOfDisconnect(Exception exception, HttpContext context) =>
        context.RequestAborted.IsCancellationRequested
        || exception is ClientGoneException or ConnectionResetException or ConnectionAbortedException;

    private ConnectException Translate(Exception exception, ConnectCall? call, HttpContext context)
    {
        if (exception is ConnectException known) return known;
        if (exception is OperationCanceledException && call?.IsDeadlinePassed == true)
            return new ConnectException(ConnectCode.DeadlineExceeded, "context deadline exceeded", exception);
        if (translate(exception) is { } translated) return translated;
        if (exception is BadHttpRequestException) return new ConnectException(ConnectCode.InvalidArgument, exception.Message, exception);
        LogFailed(surface.Logger, exception, context.Request.Path.Value!);
        return new ConnectException(ConnectCode.Internal, "The gateway failed.", exception);
    }

    /// <summary>One unary call.</summary>
    private sealed class UnaryCall<TRequest, TResponse>(
        ConnectService service, HttpContext context, ConnectCodec codec, Func<TRequest, ConnectCall, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : IMessage
    {
        public async Task RunAsync()
        {
            ConnectCall? call = null;
            try
            {
                call = ConnectCall.Create(context, service.Time);
                var answer = await AnswerAsync(call);
                await Responses.JsonAnswer.WriteRawAsync(context, StatusCodes.Status200OK, answer.WrittenMemory, codec.UnaryType);
            }
            catch (Exception exception) when (!IsOfDisconnect(exception, context) && !context.Response.HasStarted)
            {
                var error = service.Translate(exception, call, context);

                // The rest of the body is not read.
                if (error.Code == ConnectCode.ResourceExhausted) context.Response.Headers.Connection = "close";
                await ConnectError.WriteAsync(context, error);
            }
            finally
            {
                call?.Dispose();
            }
        }

        private async Task<ArrayBufferWriter<byte>> AnswerAsync(ConnectCall call)
        {
            using var messages = service.Read(context, isStream: false);
            var request = codec.Read<TRequest>((await messages.ReadBodyAsync(call.Cancellation)).Span);
            var answer = new ArrayBufferWriter<byte>();
            codec.Write(await handler(request, call), answer);
            return answer;
        }
    }

    [LoggerMessage(6001, LogLevel.Error, "{Method} failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method);
}

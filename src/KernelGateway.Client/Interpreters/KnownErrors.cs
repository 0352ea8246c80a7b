using System.Net;
using KernelGateway.Contexts;
using KernelGateway.Notebooks;

namespace KernelGateway.Client.Interpreters;

/// <summary>Translates a gateway's errors into the exceptions that the gateway in the process throws for them.</summary>
internal static class KnownErrors
{
    private const int Unprocessable = 422;

    /// <summary>Runs a call; known errors are thrown as the exceptions of the gateway in the process.</summary>
    public static async Task<T> TranslateAsync<T>(Func<Task<T>> call, string? contextId = null, string? language = null)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (GatewayApiException exception) when (Find(exception, contextId, language) is not null)
        {
            throw Find(exception, contextId, language)!;
        }
    }

    /// <summary>Runs a call; known errors are thrown as the exceptions of the gateway in the process.</summary>
    public static Task TranslateAsync(Func<Task> call, string? contextId = null) =>
        TranslateAsync(
            async () =>
            {
                await call().ConfigureAwait(false);
                return true;
            },
            contextId);

    /// <summary>Returns the exception of a known error, with the server's answer as its cause; null for another.</summary>
    public static Exception? Find(GatewayApiException exception, string? contextId = null, string? language = null) => exception switch
    {
        { Code: ServerCodes.ContextNotFound } => ContextNotFound(contextId ?? "", exception),

        // E2B's own service answers with a text.
        { Code: null, StatusCode: HttpStatusCode.NotFound } when contextId is not null && exception.Message.StartsWith("Context ", StringComparison.Ordinal) =>
            ContextNotFound(contextId, exception),
        { Code: ServerCodes.QueueFull } => new QueueFullException(contextId ?? "", exception.Message, exception),
        { Code: ServerCodes.MemoryLimit } => new MemoryLimitException(exception.Message, exception),
        { Code: ServerCodes.ContextLimit } => new ContextLimitException(exception.Message, exception),
        { Code: ServerCodes.KernelSpecNotFound } => KernelSpecNotFoundException.ForRemote(exception.Message, language, exception),
        { Code: ServerCodes.InvalidNotebook } => new NotebookFormatException("", exception.Message, exception),
        { Code: ServerCodes.NotWaitingForInput or ServerCodes.AttachedKernel } => new InvalidOperationException(exception.Message, exception),
        { Code: ServerCodes.MalformedRequest or ServerCodes.TooLarge } or { Code: null, StatusCode: (HttpStatusCode)Unprocessable } =>
            new ArgumentException(exception.Message, exception),
        _ => null,
    };

    /// <summary>Creates the exception for a context that does not exist.</summary>
    public static ContextNotFoundException ContextNotFound(string contextId, GatewayApiException cause) =>
        new(contextId, cause.Message.StartsWith("Context ", StringComparison.Ordinal) ? cause.Message : $"Context {contextId} not found", cause);
}

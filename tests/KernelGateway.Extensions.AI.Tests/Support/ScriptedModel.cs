using Microsoft.Extensions.AI;

namespace KernelGateway.Extensions.AI.Tests.Support;

/// <summary>A model whose answers the test has written: first one call of a function after another, then text.</summary>
internal sealed class ScriptedModel(params FunctionCallContent[] calls) : IChatClient
{
    public const string LastAnswer = "That is all.";

    private int _answers;

    /// <summary>Gets the messages of the last request.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; private set; } = [];

    /// <summary>Gets the tools of the last request.</summary>
    public IReadOnlyList<AITool> Tools { get; private set; } = [];

    /// <summary>Gets the results of the functions, in the order of the calls.</summary>
    public IReadOnlyList<object?> Results =>
        [.. Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(content => content.Result)];

    public static FunctionCallContent Call(string name, params (string Name, object? Value)[] arguments) =>
        new($"call-{Guid.NewGuid():N}", name, arguments.ToDictionary(argument => argument.Name, argument => argument.Value));

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Messages = [.. messages];
        Tools = [.. options?.Tools ?? []];
        var next = _answers++;
        return Task.FromResult(new ChatResponse(
            next < calls.Length ? new ChatMessage(ChatRole.Assistant, [calls[next]]) : new ChatMessage(ChatRole.Assistant, LastAnswer)));
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates()) yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}

using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentWithTools;

/// <summary>In place of a model: calls functions that were written down before, then answers with a text.</summary>
internal sealed class ScriptedModel : IChatClient
{
    private static readonly (string Function, Dictionary<string, object?> Arguments)[] Calls =
    [
        ("run_code", new()
        {
            ["code"] = "squares = [n * n for n in range(1, 2001)]\nopen('squares.txt', 'w').write('\\n'.join(map(str, squares)))\nsum(squares)",
        }),
        ("run_command", new() { ["command"] = "tail -n 1 squares.txt" }),
        ("run_code", new() { ["code"] = "import matplotlib.pyplot as plt\nplt.plot(squares)\nplt.show()" }),
        ("run_code", new() { ["code"] = "squares[2000]" }),
    ];

    private int _answers;

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var next = _answers++;
        return Task.FromResult(new ChatResponse(next < Calls.Length
            ? new ChatMessage(ChatRole.Assistant, [new FunctionCallContent($"call-{next}", Calls[next].Function, Calls[next].Arguments)])
            : new ChatMessage(ChatRole.Assistant, "The sum is 2668667000. There are 2000 numbers, so index 2000 does not exist.")));
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates()) yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}

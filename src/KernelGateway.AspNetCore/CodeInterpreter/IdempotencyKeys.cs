using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary>The idempotency keys of requests that run code: a request that is sent again with its key does not run the code again.</summary>
/// <remarks>
/// The header is that of the IETF draft "The Idempotency-Key HTTP Header Field". A key is known for as long as <see cref="MaxKeys"/> newer ones
/// have not come. A repetition that comes while the first request is being accepted waits for it.
/// </remarks>
internal sealed class IdempotencyKeys
{
    public const string Header = "Idempotency-Key";
    public const int MaxLength = 255;

    // About 300 bytes each.
    private const int MaxKeys = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Submission> _byKey = new(StringComparer.Ordinal);
    private readonly LinkedList<Submission> _inOrder = new();
    private readonly int _maxKeys;

    public IdempotencyKeys(int maxKeys = MaxKeys) => _maxKeys = maxKeys;

    /// <summary>Returns the key of a request; null when it has none.</summary>
    public static string? Read(HttpRequest request) => request.Headers.TryGetValue(Header, out var values) ? values.ToString() : null;

    /// <summary>Returns whether a key can be used.</summary>
    public static bool IsValid(string key) => key.Length is > 0 and <= MaxLength && key.All(character => character is >= ' ' and <= '~');

    /// <summary>Uses a key: the first request with it gets the submission, which it has to complete; later ones wait for it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fingerprint">What the request asks for.</param>
    public KeyUse Use(string key, string fingerprint)
    {
        lock (_gate)
        {
            if (_byKey.TryGetValue(key, out var known)) return new KeyUse(null, known.Fingerprint != fingerprint, known.ExecutionId);
            var submission = new Submission(this, key, fingerprint);
            _byKey.Add(key, submission);
            submission.Node = _inOrder.AddLast(submission);
            while (_inOrder.Count > _maxKeys) Remove(_inOrder.First!.Value);
            return new KeyUse(submission, IsOtherRequest: false, submission.ExecutionId);
        }
    }

    private void Forget(Submission submission)
    {
        lock (_gate) Remove(submission);
    }

    private void Remove(Submission submission)
    {
        if (submission.Node is not { } node) return;
        _inOrder.Remove(node);
        _byKey.Remove(submission.Key);
        submission.Node = null;
    }

    /// <summary>The first request with a key.</summary>
    internal sealed class Submission(IdempotencyKeys keys, string key, string fingerprint)
    {
        private readonly TaskCompletionSource<string?> _executionId = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Key => key;

        public string Fingerprint => fingerprint;

        /// <summary>Gets the id of the execution; null when the request was refused. It never faults.</summary>
        public Task<string?> ExecutionId => _executionId.Task;

        public LinkedListNode<Submission>? Node { get; set; }

        /// <summary>Ends the wait of repetitions. A request that was refused leaves its key unused.</summary>
        /// <param name="executionId">The execution; null when the request was refused.</param>
        public void Complete(string? executionId)
        {
            if (executionId is null) keys.Forget(this);
            _executionId.TrySetResult(executionId);
        }
    }
}

/// <summary>What a request with a key has to do.</summary>
/// <param name="Submission">Submit the code and complete this; null when another request does it, or has done it.</param>
/// <param name="IsOtherRequest">Whether the key was used for a request that asks for something else.</param>
/// <param name="ExecutionId">The execution of the first request, when it is known; null when that request was refused.</param>
internal readonly record struct KeyUse(IdempotencyKeys.Submission? Submission, bool IsOtherRequest, Task<string?> ExecutionId);

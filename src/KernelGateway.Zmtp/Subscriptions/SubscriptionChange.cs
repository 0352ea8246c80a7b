namespace KernelGateway.Zmtp.Subscriptions;

/// <summary>Reads the 3.0 form of a subscription: a message whose first byte is 01 or 00, the rest being the topic.</summary>
internal static class SubscriptionChange
{
    public static bool TryRead(ZmtpMessage message, out bool subscribe, out ReadOnlySpan<byte> topic)
    {
        subscribe = false;
        topic = default;
        if (message.Count != 1 || message[0].IsEmpty || message[0].Span[0] > 1) return false;
        subscribe = message[0].Span[0] == 1;
        topic = message[0].Span[1..];
        return true;
    }

    /// <summary>Creates the message that an XPUB application receives, for both forms on the wire.</summary>
    public static ZmtpMessage ToMessage(bool subscribe, ReadOnlySpan<byte> topic)
    {
        byte[] frame = [subscribe ? (byte)1 : (byte)0, .. topic];
        return new ZmtpMessage([frame], null, null);
    }
}

import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.zeromq.ZMQ;

/** A jeromq 0.3 socket, which speaks ZMTP 2.0. Arguments: type, bind or connect, endpoint. Commands on standard input, a line each. */
public class JeromqPeer {
    public static void main(String[] args) throws Exception {
        ZMQ.Context context = ZMQ.context(1);
        ZMQ.Socket socket = context.socket(ZMQ.class.getField(args[0]).getInt(null));
        socket.setLinger(0);
        if (args.length > 3) socket.setIdentity(args[3].getBytes("ISO-8859-1"));
        if (args[0].equals("SUB")) socket.subscribe(new byte[0]);
        if (args[1].equals("bind")) System.out.println(args[2] + ":" + socket.bindToRandomPort(args[2]));
        else {
            socket.connect(args[2]);
            System.out.println(args[2]);
        }

        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            if (words[0].equals("send")) {
                for (int i = 1; i < words.length; i++) {
                    byte[] frame = fromHex(words[i]);
                    if (i < words.length - 1) socket.sendMore(frame);
                    else socket.send(frame, 0);
                }
                System.out.println("sent");
            } else {
                StringBuilder text = new StringBuilder("received");
                do text.append(' ').append(toHex(socket.recv(0)));
                while (socket.hasReceiveMore());
                System.out.println(text);
            }
        }

        System.exit(0);
    }

    // A dot stands for an empty frame.
    private static byte[] fromHex(String text) {
        if (text.equals(".")) return new byte[0];
        byte[] bytes = new byte[text.length() / 2];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) Integer.parseInt(text.substring(2 * i, 2 * i + 2), 16);
        return bytes;
    }

    private static String toHex(byte[] bytes) {
        if (bytes.length == 0) return ".";
        StringBuilder text = new StringBuilder();
        for (byte value : bytes) text.append(String.format("%02x", value));
        return text.toString();
    }
}
